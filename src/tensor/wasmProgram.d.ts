// A program that the bundler puts into the bundle, as a data: address.
declare module "*.wasm" {
  const address: string;
  export default address;
}
