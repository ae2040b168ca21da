/** The ladders in `config/ladders`. */
export const LADDER_NAMES = ['1080p', '720p', '480p', 'small', 'low'] as const
