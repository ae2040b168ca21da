/** Of the player's menus. */
export type MenuName = 'quality' | 'captions'

/** What a menu was opened by, and what the focus goes back to: another element after the controls were away for a moment. */
export type MenuOpener = {
  contains(node: Node): boolean
  focus(): void
}
