-- The weekday matters to the price: 1 is Monday.
SELECT *, isodow("timestamp")::VARCHAR AS weekday
FROM raw
