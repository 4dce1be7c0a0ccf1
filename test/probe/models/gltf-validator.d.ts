declare module 'gltf-validator' {
  export function validateBytes(
    bytes: Uint8Array,
    options: { readonly format: 'glb' },
  ): Promise<{ readonly issues: { readonly numErrors: number; readonly numWarnings: number } }>
}
