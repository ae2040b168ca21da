import { z } from 'zod'

/** What every list that is read page by page is asked with. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
})
