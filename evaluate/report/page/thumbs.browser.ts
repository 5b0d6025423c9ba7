// In the report: images out of a sheet of many, for the scripts of the sections, which come behind this one.

/** How images lie in sheets, side by side. */
export interface SheetLayout {
  /** In pixels, of each image. */
  readonly width: number;
  readonly height: number;
  /** In a row of a sheet. */
  readonly columns: number;
  /** On a sheet. */
  readonly perSheet: number;
}

declare global {
  interface Window {
    /** Image `at` of the sheets, small ones made larger by a whole factor so that they just fit into `longest` pixels. */
    thumbOf(layout: SheetLayout, at: number, longest: number): HTMLElement;
  }
}

window.thumbOf = ({ width, height, columns, perSheet }, at, longest) => {
  const factor = Math.max(1, Math.floor(longest / Math.max(width, height)));
  const [wide, high] = [width * factor, height * factor];
  const place = at % perSheet;
  const [column, row] = [place % columns, Math.floor(place / columns)];
  const made = document.createElement('span');
  made.className = `thumb sheet-${Math.floor(at / perSheet)}`;
  made.style.cssText = `width:${wide}px;height:${high}px;background-position:-${column * wide}px -${row * high}px;background-size:${columns * wide}px auto`;
  return made;
};
