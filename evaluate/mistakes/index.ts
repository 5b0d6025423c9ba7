/** Where a model fails, and where the labels may be at fault. */
export { type Gallery, type GalleryItem, galleryOf, mostThumbnails } from './gallery.js';
export { type LabelError, labelErrors } from './label-errors.js';
export { type NearDuplicate, type NearDuplicates, nearDuplicates } from './near-duplicates.js';
export { predictionsCsv, relabelCsv } from './relabel.js';
