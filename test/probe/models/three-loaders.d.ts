/** Three ships no types; of its loaders the tests need only this. */
interface LoadedGeometry {
  getAttribute(name: 'position'): { readonly array: Float32Array }
}

declare module 'three/examples/jsm/loaders/STLLoader.js' {
  export class STLLoader {
    parse(data: ArrayBuffer): LoadedGeometry
  }
}

declare module 'three/examples/jsm/loaders/OBJLoader.js' {
  export class OBJLoader {
    parse(text: string): { readonly children: readonly { readonly geometry: LoadedGeometry }[] }
  }
}
