/** Style sheets are bundled as text, for a constructed sheet. */
declare module '*.css' {
  const text: string;
  export default text;
}
