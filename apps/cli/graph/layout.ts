/**
 * Where the boxes of one body go: in layers, upstream above downstream (Sugiyama's method).
 *
 * An edge that passes layers goes through a place of its own in each of them; all that come from one box share these places, so their
 * number grows with boxes times layers, not with edges. Linear enough to place 2,000 boxes in a second.
 */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  /** from the lower edge of one box to the upper edge of the other; between two points the line may be straight or bent */
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** upper left corners */
  readonly boxes: ReadonlyMap<string, Point>;
  readonly lines: readonly Line[];
}

export interface Gaps {
  readonly x: number;
  readonly y: number;
}

/** A box, or a place where edges pass. */
interface Place {
  readonly box: Box | undefined;
  readonly width: number;
  readonly layer: number;
  readonly up: Place[];
  readonly down: Place[];
  /** from the left in its layer */
  order: number;
  /** of its middle */
  x: number;
}

const ORDER_SWEEPS = 8;
const PLACE_SWEEPS = 10;
/** An edge that passes is drawn straight rather than a box moved to the middle of its neighbours. */
const PASSING_WEIGHT = 4;

/** Longest way from above; a box without upstreams stands just above the first that needs it. */
const layersOf = (boxes: readonly Box[], upstream: ReadonlyMap<string, readonly string[]>): Map<string, number> => {
  const layers = new Map<string, number>();
  for (const { id } of boxes) layers.set(id, Math.max(-1, ...upstream.get(id)!.map((one) => layers.get(one)!)) + 1);
  const first = new Map<string, number>();
  for (const { id } of boxes) for (const one of upstream.get(id)!) first.set(one, Math.min(first.get(one) ?? Infinity, layers.get(id)!));
  for (const { id } of boxes) {
    const next = first.get(id);
    if (next !== undefined && upstream.get(id)!.length === 0) layers.set(id, next - 1);
  }
  return layers;
};

const link = (upper: Place, lower: Place): void => {
  upper.down.push(lower);
  lower.up.push(upper);
};

interface Graph {
  readonly layers: Place[][];
  readonly places: ReadonlyMap<string, Place>;
  /** where the edges of a box pass, from the layer below it downwards */
  readonly passing: ReadonlyMap<string, readonly Place[]>;
}

const graphOf = (boxes: readonly Box[], upstream: ReadonlyMap<string, readonly string[]>): Graph => {
  const layerOf = layersOf(boxes, upstream);
  const layers: Place[][] = [];
  const add = (box: Box | undefined, layer: number): Place => {
    const row = (layers[layer] ??= []);
    const place: Place = { box, width: box?.width ?? 1, layer, up: [], down: [], order: row.length, x: 0 };
    row.push(place);
    return place;
  };
  for (let layer = 0; layer <= Math.max(-1, ...layerOf.values()); layer++) layers[layer] = [];
  const places = new Map(boxes.map((box) => [box.id, add(box, layerOf.get(box.id)!)]));
  const passing = new Map<string, Place[]>();
  for (const { id } of boxes)
    for (const from of upstream.get(id)!) {
      const way = passing.get(from) ?? [];
      passing.set(from, way);
      const [upper, lower] = [places.get(from)!, places.get(id)!];
      while (upper.layer + way.length + 1 < lower.layer) {
        const next = add(undefined, upper.layer + way.length + 1);
        link(way.at(-1) ?? upper, next);
        way.push(next);
      }
      link(way[lower.layer - upper.layer - 2] ?? upper, lower);
    }
  return { layers, places, passing };
};

const numbered = (row: readonly Place[]): void => row.forEach((place, i) => (place.order = i));

/** Each by the middle of its neighbours in the layer before; who has none stays where it is. */
const sortBy = (row: Place[], neighbours: (place: Place) => readonly Place[]): void => {
  const wish = new Map(
    row.map((place) => {
      const near = neighbours(place);
      return [place, near.length === 0 ? place.order : near.reduce((sum, { order }) => sum + order, 0) / near.length];
    }),
  );
  row.sort((a, b) => wish.get(a)! - wish.get(b)! || a.order - b.order);
  numbered(row);
};

/** Crossings between two layers: inversions among the ends of the edges, counted in a Fenwick tree. */
const crossingsBelow = (row: readonly Place[], width: number): number => {
  const tree = new Array<number>(width + 1).fill(0);
  let crossings = 0;
  let seen = 0;
  for (const place of row) {
    const ends = place.down.map(({ order }) => order);
    for (const end of ends) {
      let notRight = 0;
      for (let i = end + 1; i > 0; i -= i & -i) notRight += tree[i]!;
      crossings += seen - notRight;
    }
    for (const end of ends) for (let i = end + 1; i <= width; i += i & -i) tree[i]!++;
    seen += ends.length;
  }
  return crossings;
};

const crossings = (layers: readonly Place[][]): number =>
  layers.reduce((sum, row, i) => sum + (i + 1 < layers.length ? crossingsBelow(row, layers[i + 1]!.length) : 0), 0);

/** Sweeps down and up, and keeps the best order that was met. */
const untangle = (layers: Place[][]): void => {
  let best = crossings(layers);
  let kept = layers.map((row) => [...row]);
  for (let sweep = 0; sweep < ORDER_SWEEPS && best > 0; sweep++) {
    if (sweep % 2 === 0) layers.forEach((row) => sortBy(row, ({ up }) => up));
    else layers.toReversed().forEach((row) => sortBy(row, ({ down }) => down));
    const now = crossings(layers);
    if (now >= best) continue;
    best = now;
    kept = layers.map((row) => [...row]);
  }
  kept.forEach((row, i) => {
    layers[i] = row;
    numbered(row);
  });
};

/**
 * The places of a row nearest to where they would like to be, in their order and without overlap: least squares, by pooling adjacent
 * violators (exact, linear).
 */
const settle = (row: readonly Place[], wishes: readonly number[], weights: readonly number[], gap: number): void => {
  const offsets: number[] = [];
  row.forEach((place, i) => offsets.push(i === 0 ? 0 : offsets[i - 1]! + row[i - 1]!.width / 2 + gap + place.width / 2));
  const pools: { sum: number; weight: number; count: number }[] = [];
  row.forEach((_, i) => {
    let pool = { sum: (wishes[i]! - offsets[i]!) * weights[i]!, weight: weights[i]!, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.weight > pool.sum / pool.weight; last = pools.at(-1)) {
      pool = { sum: last.sum + pool.sum, weight: last.weight + pool.weight, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  let i = 0;
  for (const { sum, weight, count } of pools) for (let n = 0; n < count; n++, i++) row[i]!.x = sum / weight + offsets[i]!;
};

const spread = (layers: readonly Place[][], gap: number): void => {
  for (const row of layers)
    settle(
      row,
      row.map(() => 0),
      row.map(() => 1),
      gap,
    );
  const mean = (near: readonly Place[], otherwise: number): number =>
    near.length === 0 ? otherwise : near.reduce((sum, { x }) => sum + x, 0) / near.length;
  for (let sweep = 0; sweep < PLACE_SWEEPS; sweep++) {
    const rows = sweep % 2 === 0 ? layers : layers.toReversed();
    for (const row of rows) {
      const wishes = row.map(({ up, down, x }) => mean(sweep < 2 ? (sweep === 0 ? up : down) : [...up, ...down], x));
      settle(
        row,
        wishes,
        row.map(({ box }) => (box ? 1 : PASSING_WEIGHT)),
        gap,
      );
    }
  }
};

/**
 * @param boxes upstream first
 * @param edges from, to; those of boxes that are not there are left out
 */
export const arrange = (boxes: readonly Box[], edges: readonly (readonly [string, string])[], gaps: Gaps): Layout => {
  const upstream = new Map<string, string[]>(boxes.map(({ id }) => [id, []]));
  for (const [from, to] of edges) if (upstream.has(from)) upstream.get(to)?.push(from);
  const { layers, places, passing } = graphOf(boxes, upstream);
  untangle(layers);
  spread(layers, gaps.x);

  const all = layers.flat();
  const shift = all.length === 0 ? 0 : -Math.min(...all.map(({ x, width }) => x - width / 2));
  const heights = layers.map((row) => Math.max(0, ...row.map(({ box }) => box?.height ?? 0)));
  const tops: number[] = [];
  heights.forEach((_, i) => tops.push(i === 0 ? 0 : tops[i - 1]! + heights[i - 1]! + gaps.y));

  const corner = ({ box, layer, x, width }: Place): Point => ({
    x: x + shift - width / 2,
    y: tops[layer]! + (heights[layer]! - (box?.height ?? 0)) / 2,
  });
  const middle = ({ x }: Place): number => x + shift;
  const lines = boxes.flatMap(({ id }) =>
    upstream.get(id)!.map((from): Line => {
      const [upper, lower] = [places.get(from)!, places.get(id)!];
      const way = (passing.get(from) ?? []).slice(0, lower.layer - upper.layer - 1);
      return {
        from,
        to: id,
        points: [
          { x: middle(upper), y: corner(upper).y + upper.box!.height },
          ...way.flatMap((place) => [
            { x: middle(place), y: tops[place.layer]! },
            { x: middle(place), y: tops[place.layer]! + heights[place.layer]! },
          ]),
          { x: middle(lower), y: corner(lower).y },
        ],
      };
    }),
  );
  return {
    width: all.length === 0 ? 0 : Math.max(...all.map(({ x, width }) => x + shift + width / 2)),
    height: tops.length === 0 ? 0 : tops.at(-1)! + heights.at(-1)!,
    boxes: new Map(boxes.map(({ id }) => [id, corner(places.get(id)!)])),
    lines,
  };
};
