type Encoding = 'br' | 'gzip'

/** The best form that is there and that `Accept-Encoding` (RFC 9110 section 12.5.3) takes; undefined: as it is. */
export function encodingFor(
  accepted: string | undefined,
  forms: { readonly [E in Encoding]: Uint8Array | undefined },
): Encoding | undefined {
  const takes = (encoding: Encoding): boolean => {
    const member = accepted?.split(',').find((part) => part.split(';', 1)[0]?.trim().toLowerCase() === encoding)
    return member !== undefined && !/;\s*q=0(\.0*)?\s*$/i.test(member)
  }
  return (['br', 'gzip'] as const).find((encoding) => forms[encoding] !== undefined && takes(encoding))
}
