import { count } from './format.ts'
import { locale } from './locale.ts'

type Forms = { readonly [form in Intl.LDMLPluralRule]?: string } & { readonly other: string }

/** The form that fits the number, with `#` for the number as the reader writes it. */
export function plural(value: number, forms: Forms): string {
  const form = new Intl.PluralRules(locale()).select(value)
  return (forms[form] ?? forms.other).replace('#', count(value))
}
