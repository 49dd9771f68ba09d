/** CSV as text: just enough of a reader to find the delimiter and the header; the rows are read by DuckDB. */

const QUOTE = '"';

/** Records of `text`, fields unquoted; a last record that the text cuts off is there too. Blank lines are records of one empty field. */
export const recordsOf = (text: string, delimiter: string, most: number): string[][] => {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let isQuoted = false;
  let isFieldStart = true;
  const endField = (): void => {
    record.push(field);
    field = '';
    isFieldStart = true;
  };
  for (let i = 0; i < text.length && records.length < most; i++) {
    const char = text[i]!;
    if (isQuoted) {
      if (char !== QUOTE) field += char;
      else if (text[i + 1] === QUOTE) field += text[i++];
      else isQuoted = false;
    } else if (char === QUOTE && isFieldStart) {
      isQuoted = true;
      field = '';
      isFieldStart = false;
    } else if (char === delimiter) endField();
    else if (char === '\n' || char === '\r') {
      if (char === '\r' && text[i + 1] === '\n') i++;
      endField();
      records.push(record);
      record = [];
    } else {
      field += char;
      isFieldStart &&= char === ' ';
    }
  }
  if (records.length < most && (field !== '' || record.length > 0)) {
    endField();
    records.push(record);
  }
  return records;
};

export interface Dialect {
  readonly delimiter: string;
  /** as they are written */
  readonly header: readonly string[];
  /** blank lines above the header */
  readonly blank: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
const LOOK_AT = 100;

/** The delimiter by which most records have as many fields as the header; of two such the one that gives more fields. */
export const dialectOf = (head: string): Dialect => {
  const blank = /^(?:[ \t]*\r?\n)*/.exec(head)![0].split('\n').length - 1;
  const text = head.replace(/^(?:[ \t]*\r?\n)*/, '');
  const tried = DELIMITERS.map((delimiter) => {
    const [header = [''], ...records] = recordsOf(text, delimiter, LOOK_AT);
    const alike = records.filter(({ length }) => length === header.length).length;
    return { delimiter, header, blank, share: header.length < 2 ? -1 : records.length === 0 ? 1 : alike / records.length };
  });
  const { share: _share, ...best } = tried.reduce((a, b) =>
    b.share > a.share || (b.share === a.share && b.header.length > a.header.length) ? b : a,
  );
  return best;
};
