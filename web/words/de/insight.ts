import type { insight as english } from '../en/insight.ts'
import { plural } from '../plural.ts'

type Figures = { readonly found: string; readonly wanted: string }

export const insight: typeof english = {
  nav: {
    label: 'Verwaltung',
    overview: 'Überblick',
    channels: 'Kanäle',
    people: 'Personen',
    sessions: 'Sitzungen',
    log: 'Protokoll',
    api: 'API',
    out: 'Abmelden',
  },
  overview: {
    title: 'Überblick',
    well: 'Alles in Ordnung.',
    quiet: 'Gerade wird nichts gesendet.',
    look: (count: number) =>
      plural(count, { one: 'Eine Sendung braucht einen Blick.', other: '# Sendungen brauchen einen Blick.' }),
    watching: (count: number) =>
      count === 0
        ? 'Gerade schaut niemand zu.'
        : plural(count, { one: 'Eine Person schaut zu.', other: '# Personen schauen zu.' }),
    onAir: (count: number) => plural(count, { one: 'Eine Sendung läuft.', other: '# Sendungen laufen.' }),
    version: (version: string) => `Version ${version}`,
    up: (time: string) => `Läuft seit ${time}`,
    now: (time: string) => `${time}, live`,
    stale: 'Der Server antwortet nicht. Diese Zahlen sind alt.',
    kpis: {
      start: 'Bild beginnt nach',
      startNote: 'bei 3 von 4 Personen',
      behind: 'Hinter der Wirklichkeit',
      behindNote: (slow: string) => `${slow} bei den langsamsten 5 %`,
      waiting: 'Mit Warten verbracht',
      waitingNote: 'der gesamten Sehzeit',
      out: 'Wird gesendet',
      outNote: (count: number) =>
        plural(count, { one: 'eine Anfrage wartet auf Medien', other: '# Anfragen warten auf Medien' }),
      none: '–',
      noneNote: 'noch keine Rückmeldung',
    },
    people: 'Personen, die zuschauen',
    room: 'Dieser Rechner',
    processor: 'Prozessor',
    processorOf: (used: string, cores: number) =>
      plural(cores, { one: `${used} von einem Kern`, other: `${used} von # Kernen` }),
    memory: 'Speicher des Servers',
    disk: 'Festplatte',
    of: (used: string, total: string) => `${used} von ${total}`,
    delay: 'Längste Verzögerung im Server',
    onAirTitle: 'Auf Sendung',
    allChannels: 'Alle Kanäle',
    empty: 'Sobald eine Sendung beginnt, erscheint sie hier mit ihren Zahlen.',
    columns: { channel: 'Kanal', watching: 'Zuschauer', arriving: 'Ankommend', picture: 'Bild', health: 'Zustand' },
    keyFrames: (seconds: string) => `Keyframe alle ${seconds} s`,
    noKeyFrames: 'noch kein zweiter Keyframe',
    lost: (count: number) => plural(count, { one: 'ein Bild verloren', other: '# Bilder verloren' }),
    noneLost: 'keins verloren',
    soundOnly: 'Nur Ton',
  },
  health: { healthy: 'Gut', look: 'Braucht einen Blick', trouble: 'In Not', reconnecting: 'Verbindet neu' },
  charts: {
    bitrate: 'Ankommend',
    video: 'Bild',
    audio: 'Ton',
    frames: 'Bilder pro Sekunde',
    dropped: 'Verloren',
    keyFrames: 'Abstand der Keyframes',
    sound: 'Lautstärke',
    peak: 'Spitze',
    mean: 'Mittel',
    viewers: 'Personen, die zuschauen',
    numbers: 'Zahlen zeigen',
    time: 'Zeit',
    last: 'die letzten 5 Minuten',
    now: 'jetzt',
    waiting: 'Die ersten Zahlen kommen in wenigen Sekunden.',
  },
  report: {
    soundOf: (kilohertz, channels) =>
      plural(channels, { one: `${kilohertz} kHz, # Kanal`, other: `${kilohertz} kHz, # Kanäle` }),
    back: 'Überblick',
    open: 'Seite öffnen',
    none: 'Es kommt nichts an',
    noneText: 'Starten Sie die Übertragung im Encoder. Die Zahlen erscheinen hier von selbst.',
    reconnecting: 'Der Encoder ist weg. Die Sendung wartet auf ihn.',
    encoder: 'Encoder',
    picture: 'Bild',
    sound: 'Ton',
    reconnects: 'Neu verbunden',
    times: (count: number) => plural(count, { one: 'einmal', other: '#-mal' }),
    never: 'war nie nötig',
    bFrames: 'mit B-Frames',
    noBFrames: 'ohne B-Frames',
    a: (rate: string) => `${rate} pro Sekunde`,
  },
  ladder: {
    title: 'Was zur Wahl steht',
    states: {
      off: 'Das Bild, wie es kommt, und der Ton allein.',
      waiting: 'Kleinere Bilder folgen. Das Bild, wie es kommt, ist inzwischen auf Sendung.',
      asleep: 'Kleinere Bilder schlafen, bis jemand eines davon ansieht. Bis dahin wird nichts gemacht.',
      running: 'Alle bekommen das größte Bild, das ihr Netz trägt.',
      limited: 'Der Rechner ist ausgelastet, darum pausieren die größeren. Sie kommen von selbst zurück.',
      crowded:
        'Jemand sieht ein kleineres Bild an, für das dieser Rechner keinen Platz hat. Bis es ihn gibt, ist dort zu sehen, was vom Encoder kommt.',
      failed:
        'Kleinere Bilder können nicht gemacht werden: FFmpeg fehlt oder endet immer wieder. Es wird erneut versucht.',
    },
    queue: (position: number) =>
      position === 1
        ? 'Kleinere Bilder warten auf Platz auf diesem Rechner: Sie sind als Nächstes dran. Das Bild, wie es kommt, ist inzwischen auf Sendung.'
        : `Kleinere Bilder warten auf Platz auf diesem Rechner: Platz ${position} in der Reihe. Das Bild, wie es kommt, ist inzwischen auf Sendung.`,
    source: 'Wie es kommt',
    sound: 'Nur Ton',
    rests: {
      asleep: 'schläft, bis jemand zusieht',
      starting: 'unterwegs',
      crowded: 'wartet auf Platz',
      limited: 'pausiert',
    },
    by: (encoder: string, lag: string) => `Gemacht von ${encoder}, ${lag} nach der Quelle`,
  },
  coach: {
    title: 'Wie es der Übertragung geht',
    verdicts: {
      healthy: 'Die Übertragung ist gesund',
      look: 'Die Übertragung braucht einen Blick',
      trouble: 'Die Übertragung ist in Not',
    },
    none: 'Es gibt nichts zu ändern.',
    more: (count: number) =>
      plural(count, {
        one: 'Eine Einstellung würde helfen.',
        other: '# Einstellungen würden helfen, die wichtigste zuerst.',
      }),
    fixed: 'Behoben. Danke.',
    now: 'Jetzt',
    change: 'Ändern auf',
    vitals: {
      arriving: 'Ankommend',
      lost: 'Unterwegs verlorene Bilder',
      lostNone: 'Keins in 5 Minuten',
      lostSome: (count: number) => plural(count, { one: 'Eins in 5 Minuten', other: '# in 5 Minuten' }),
      keyFrames: 'Abstand der Keyframes',
    },
    advice: {
      'two-encoders': ({ found, wanted }: Figures) => ({
        effect: 'Zwei Encoder senden auf diesen Kanal; einer wird abgewiesen',
        where:
          'Suchen Sie den zweiten Rechner oder das zweite Programm mit diesem Schlüssel und beenden Sie dort den Stream. Ist es ein fremder, geben Sie dem Kanal einen neuen Schlüssel:',
        setting: 'In der letzten Minute abgewiesen',
        from: found,
        to: wanted,
      }),
      'no-sound': ({ found }: Figures) => ({
        effect:
          found === 'silent' ? 'Niemand hört etwas: der Ton ist stumm' : 'Niemand hört etwas: es kommt kein Ton an',
        where:
          'In OBS auf den Audiomixer schauen: schlägt beim Sprechen ein Balken aus? Wenn nicht, unter Einstellungen, Audio das Mikrofon wählen:',
        setting: 'Mikrofon/AUX-Audio',
        from: found === 'silent' ? 'ein stummes Gerät' : 'Deaktiviert',
        to: 'das Mikrofon',
      }),
      'sound-clipped': ({ found, wanted }: Figures) => ({
        effect: 'Der Ton kratzt: er ist zu laut',
        where: 'In OBS den Regler der Quelle im Audiomixer herunterziehen, bis er nicht mehr ins Rote kommt:',
        setting: 'Lautester Moment',
        from: `${found} dB`,
        to: `${wanted} dB`,
      }),
      'sound-quiet': ({ found, wanted }: Figures) => ({
        effect: 'Man ist kaum zu hören',
        where:
          'Das Mikrofon näher heranrücken, oder in OBS die Quelle im Audiomixer rechts anklicken, Filter, Gain hinzufügen:',
        setting: 'Mittlere Lautstärke',
        from: `${found} dB`,
        to: `etwa ${wanted} dB`,
      }),
      'uplink-too-slow': ({ found, wanted }: Figures) => ({
        effect: 'Das Netz trägt die Übertragung nicht: Zuschauer warten',
        where: 'In OBS Einstellungen, Ausgabe, Streaming öffnen und ändern:',
        setting: 'Videobitrate',
        from: `${found} Kbps`,
        to: `${wanted} Kbps`,
      }),
      'frames-dropped': ({ found, wanted }: Figures) => ({
        effect: 'Das Bild ruckelt: der Rechner lässt Bilder aus',
        where:
          'In OBS unter Einstellungen, Ausgabe einen Hardware-Encoder oder eine schnellere Voreinstellung wählen, oder unter Video eine kleinere Ausgabe:',
        setting: 'Ausgelassene Bilder',
        from: `${found} %`,
        to: `${wanted} %`,
      }),
      'key-frames-too-far': ({ found, wanted }: Figures) => ({
        effect: `Wer neu kommt, beginnt bis zu ${found} Sekunden zurück`,
        where: 'Keyframes liegen weit auseinander. In OBS Einstellungen, Ausgabe, Streaming öffnen und ändern:',
        setting: 'Keyframe-Intervall',
        from: `${found} s`,
        to: `${wanted} s`,
      }),
      'key-frames-irregular': ({ found, wanted }: Figures) => ({
        effect: 'Dazukommen dauert manchmal länger als sonst',
        where: 'Keyframes kommen unregelmäßig. In OBS Einstellungen, Ausgabe, Streaming öffnen und ändern:',
        setting: 'Keyframe-Intervall',
        from: `${found} s`,
        to: `${wanted} s`,
      }),
      'no-idr': ({ wanted }: Figures) => ({
        effect: 'Wer neu kommt, sieht vielleicht gar kein Bild',
        where:
          'Der Encoder sendet keine vollständigen Keyframes. In OBS unter Einstellungen, Ausgabe, Streaming das Intervall setzen und Intra-Refresh aus den Encoder-Optionen entfernen:',
        setting: 'Keyframe-Intervall',
        from: 'Intra-Refresh',
        to: `${wanted} s`,
      }),
      'b-frames': ({ found, wanted }: Figures) => ({
        effect: 'Der schnellste Weg zum Publikum ist versperrt, und alle sind etwas später',
        where: 'In OBS Einstellungen, Ausgabe, Streaming öffnen und ändern (x264: Tune auf zerolatency):',
        setting: 'B-Frames',
        from: found,
        to: wanted,
      }),
      'bitrate-swings': ({ found, wanted }: Figures) => ({
        effect: 'Auf Telefonen stockt es, wenn die Rate hochspringt',
        where: 'In OBS Einstellungen, Ausgabe, Streaming öffnen, Ratenkontrolle auf CBR stellen und:',
        setting: 'Bitrate',
        from: `bis ${found} Kbps`,
        to: `${wanted} Kbps`,
      }),
      'bitrate-too-high': ({ found, wanted }: Figures) => ({
        effect: 'Telefone kommen vielleicht nicht mit, und das Bild gewinnt nichts',
        where: 'In OBS Einstellungen, Ausgabe, Streaming öffnen und ändern:',
        setting: 'Videobitrate',
        from: `${found} Kbps`,
        to: `${wanted} Kbps`,
      }),
      'frame-rate-irregular': ({ found, wanted }: Figures) => ({
        effect: 'Bewegungen sind nicht flüssig',
        where: 'In OBS Einstellungen, Video öffnen und ändern; im dunklen Raum der Kamera mehr Licht geben:',
        setting: 'Gebräuchliche FPS-Werte',
        from: `${found} pro Sekunde`,
        to: wanted,
      }),
      'codec-unusual': ({ found, wanted }: Figures) => ({
        effect: 'Manche Geräte können das nicht abspielen',
        where:
          'In OBS Einstellungen, Ausgabe, Streaming (Profil) oder Einstellungen, Audio (Abtastrate, Kanäle) öffnen und ändern:',
        setting: 'Format',
        from: found,
        to: wanted,
      }),
      'clock-jumps': ({ found, wanted }: Figures) => ({
        effect: 'Die Uhr des Encoders springt: Bild und Ton können auseinanderlaufen',
        where:
          'In OBS unter Einstellungen, Audio, Erweitert die Uhr eines Gerätes nutzen; Aufnahmequellen entfernen, die kommen und gehen:',
        setting: 'Sprünge in einer Minute',
        from: found,
        to: wanted,
      }),
      'no-picture': ({ found }: Figures) => ({
        effect:
          found === 'stopped' ? 'Das Bild steht, während der Ton weiterläuft' : 'Man ist zu hören, aber nicht zu sehen',
        where:
          'In OBS auf die Vorschau schauen. Bewegt sie sich? Wenn nicht, die Quelle der Kamera prüfen; sonst die Übertragung neu starten:',
        setting: 'Bild',
        from: found === 'stopped' ? 'steht' : 'keins',
        to: 'bewegt',
      }),
    },
  },
  studio: {
    title: 'Zustand der Übertragung',
    lead: 'Sehen, wie die Übertragung ankommt und was im Encoder zu ändern ist.',
    channel: 'Kanal',
    channelHint: 'Das Ende der Adresse, hinter /c/.',
    key: 'Streamschlüssel',
    keyHint: 'Derselbe wie im Encoder. Er bleibt auf dieser Seite und ist vergessen, wenn sie geschlossen wird.',
    show: 'Meine Übertragung zeigen',
    other: 'Ein anderer Kanal',
    wrong:
      'Dieser Schlüssel gehört nicht zu diesem Kanal. Kopieren Sie ihn noch einmal aus dem Encoder, oder bitten Sie um einen neuen.',
    missing: 'Es gibt keinen Kanal mit dieser Adresse.',
    empty: 'Geben Sie den Kanal und seinen Schlüssel ein.',
  },
  log: {
    title: 'Protokoll',
    lead: 'Was Verwaltung und Moderation getan haben, das Neueste zuerst.',
    empty: 'Noch wurde nichts getan.',
    more: 'Ältere zeigen',
    columns: { at: 'Wann', actor: 'Wer', action: 'Was', subject: 'Woran', address: 'Von wo' },
  },
}
