export { editsBetween } from './place/edits-between.ts';
export { placeChange } from './place/place-change.ts';
export type { FieldEdit, FieldStep, FileChange, ItemKeys, Placement, PlaceRequest, Wish } from './place/types.ts';
