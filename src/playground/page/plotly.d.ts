// The part of Plotly with lines and bars; it has the types of the whole.
declare module "plotly.js-basic-dist-min" {
  export { default } from "plotly.js";
}
