// A whole list, page after page: for files, which nobody wants cut.

const ROWS_A_PAGE = 1000;

/**
 * All rows of a list from its beginning; `get(query)` answers {data, cursor}, `rowsOf(data)` are its
 * rows.
 */
export async function loadAll(get, query, rowsOf = (data) => data) {
  const rows = [];
  let cursor = null;
  do {
    const page = await get({ ...query, limit: ROWS_A_PAGE, cursor });
    rows.push(...rowsOf(page.data));
    cursor = page.cursor;
  } while (cursor);
  return rows;
}
