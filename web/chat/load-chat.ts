/** All that the chat needs, as one file that is fetched after the first picture. */
export { default as Chat } from './Chat.svelte'
export { ChatSession } from './chat-session.svelte.ts'
export { default as Floats } from './Floats.svelte'
