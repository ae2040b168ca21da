import { request } from './client.ts'

type Kind = 'poster' | 'logo'

/** Sends the file as it is; the server looks at what is in it. @throws ApiError */
export async function sendPicture(slug: string, kind: Kind, file: Blob): Promise<void> {
  await request('PUT', address(slug, kind), { body: file, type: file.type })
}

/** @throws ApiError */
export async function removePicture(slug: string, kind: Kind): Promise<void> {
  await request('DELETE', address(slug, kind))
}

function address(slug: string, kind: Kind): string {
  return `/api/v1/channels/${encodeURIComponent(slug)}/${kind}`
}
