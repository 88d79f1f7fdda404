/** Editing: pictures that exist, changed by what is said of them. */
export { flowEdit } from './flow-edit';
