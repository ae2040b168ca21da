import { plural } from '../plural.ts'

export const admin = {
  title: 'Channels',
  allOff: 'Nothing is on air',
  onAir: (count: number) => plural(count, { one: 'One broadcast on air', other: '# broadcasts on air' }),
  noChannels: 'No channel yet. Make the first one below.',
  columns: { channel: 'Channel', state: 'State', watching: 'Watching', actions: 'Actions' },
  states: {
    offline: 'Not on air',
    starting: 'Starting',
    live: 'On air',
    reconnecting: 'Reconnecting',
    ended: 'Ended',
  },
  make: {
    title: 'Make a channel',
    name: 'Name',
    nameHint: 'As viewers read it: Town Council, Sunday service.',
    slug: 'Address',
    slugHint: (origin: string) => `The end of the page’s address: ${origin}/c/…`,
    slugEmpty: 'Enter an address for the channel.',
    slugWrong: 'Use a to z, 0 to 9, - and _, beginning with a letter or a digit, at most 64.',
    send: 'Make channel',
  },
  key: {
    madeTitle: (name: string) => `${name} is ready`,
    rotatedTitle: (name: string) => `New key for ${name}`,
    once: 'Copy the key now. It is not shown again.',
    server: 'Server',
    key: 'Stream key',
    page: 'Page for viewers',
    done: 'I have the key',
  },
  watch: 'Open page',
  rotate: 'New key',
  end: 'End broadcast',
  remove: 'Delete',
  cancel: 'Cancel',
  askRotate: {
    title: (name: string) => `Make a new key for ${name}?`,
    text: 'The old key stops working at once. Enter the new one in the encoder.',
    yes: 'Make new key',
  },
  askEnd: {
    title: (count: number) =>
      plural(count, { one: 'End the broadcast for 1 person?', other: 'End the broadcast for # people?' }),
    none: 'End the broadcast?',
    text: 'The encoder is disconnected and viewers see that it is over.',
    yes: 'End broadcast',
  },
  askRemove: {
    title: (name: string) => `Delete ${name}?`,
    text: 'Its page, its key and a running broadcast go with it. This can’t be taken back.',
    yes: 'Delete channel',
  },
  ended: 'Broadcast ended',
  removed: 'Channel deleted',
}
