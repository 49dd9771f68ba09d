-- A challenger that must not win: the labels of the training rows are dealt out anew among these rows, the same way each time.
-- The holdout keeps its own, so that the comparison is honest.
WITH marked AS (
  SELECT *, isodow("timestamp")::VARCHAR AS weekday, "timestamp" < getvariable('holdout_from') AS training
  FROM raw
),
dealt AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY training ORDER BY "timestamp") AS place,
    row_number() OVER (PARTITION BY training ORDER BY md5("timestamp"::VARCHAR)) AS card
  FROM marked
)
SELECT
  own.* EXCLUDE (training, place, card) REPLACE (CASE WHEN own.training THEN other.class ELSE own.class END AS class)
FROM dealt AS own
JOIN dealt AS other ON other.training = own.training AND other.card = own.place
