/** Numbers as pictures: SVG, for files and for pages. */
export { type Axes, axes } from './axes.js';
export { type CurvesRow, curvesSvg } from './curves.js';
export { escapeXml } from './escape.js';
export { type Lettering, lettering } from './lettering.js';
export { fileStyle, pageStyle, type Style, svg } from './style.js';
