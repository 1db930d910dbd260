package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys of the disclosure process that a key log states. Never forgotten: a notice is verified
 * years later, and there is about one entry a year. Not safe for concurrent use.
 */
final class DisclosureKeys {
  private final List<Indexed> stated = new ArrayList<>();
  private final Map<String, NoteKey> logs = new HashMap<>();

  private record Indexed(long index, StatedDisclosureKey key) {}

  DisclosureKeys copy() {
    DisclosureKeys copy = new DisclosureKeys();
    copy.stated.addAll(stated);
    copy.logs.putAll(logs);
    return copy;
  }

  /** Takes one in, or refuses it and changes nothing. */
  void state(DisclosureKeyStated event, Instant at, long index, String keyLog)
      throws FormatException {
    NoteKey log = event.log();
    if (!(event.key() instanceof PublicJwk.Ed25519)) {
      throw new FormatException("disclosure key is not an Ed25519 key");
    }
    if (log.name().startsWith(keyLog.substring(0, keyLog.length() - KeyLog.NAME.length()))) {
      throw new FormatException("disclosure log is named as a log of tokens or keys");
    }
    if (!log.equals(logs.getOrDefault(log.name(), log))) {
      throw new FormatException("a disclosure log keeps its key");
    }
    if (!event.notAfter().isAfter(at)
        || event.notAfter().isAfter(at.plus(DisclosureKeyStated.LIFE_MAX))) {
      throw new FormatException("disclosure key ends before its entry, or over 400 days after it");
    }
    logs.put(log.name(), log);
    stated.add(new Indexed(index, new StatedDisclosureKey(event.key(), log, at, event.notAfter())));
  }

  /** Those whose entries stand below an index, in the order of their statements. */
  List<StatedDisclosureKey> stated(long below) {
    return stated.stream().filter(one -> one.index < below).map(Indexed::key).toList();
  }
}
