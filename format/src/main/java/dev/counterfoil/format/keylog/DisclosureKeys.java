package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys of the disclosure process that a key log states. Never forgotten: a notice is verified
 * years later, and there is about one entry a year. Not safe for concurrent use.
 */
public final class DisclosureKeys {
  private final List<StatedDisclosureKey> stated = new ArrayList<>();
  private final Map<String, NoteKey> logs = new HashMap<>();
  private final String keyLog;

  /** None yet, of the key log of this origin. */
  DisclosureKeys(String keyLog) {
    this.keyLog = keyLog;
  }

  DisclosureKeys copy() {
    DisclosureKeys copy = new DisclosureKeys(keyLog);
    copy.stated.addAll(stated);
    copy.logs.putAll(logs);
    return copy;
  }

  /** Takes one in, or refuses it and changes nothing. */
  void state(DisclosureKeyStated event, Instant at, long index) throws FormatException {
    Optional<String> objection = objection(event, at);
    if (objection.isPresent()) {
      throw new FormatException(objection.get());
    }
    NoteKey log = event.log();
    logs.put(log.name(), log);
    stated.add(new StatedDisclosureKey(event.key(), log, index, at, event.notAfter()));
  }

  /** What keeps one from being stated at a time; empty when nothing does. */
  public Optional<String> objection(DisclosureKeyStated event, Instant at) {
    NoteKey log = event.log();
    if (!(event.key() instanceof PublicJwk.Ed25519)) {
      return Optional.of("disclosure key is not an Ed25519 key");
    }
    if (log.name().startsWith(keyLog.substring(0, keyLog.length() - KeyLog.NAME.length()))) {
      return Optional.of("disclosure log is named as a log of tokens or keys");
    }
    if (!log.equals(logs.getOrDefault(log.name(), log))) {
      return Optional.of("a disclosure log keeps its key");
    }
    return event.notAfter().isAfter(at)
            && !event.notAfter().isAfter(at.plus(DisclosureKeyStated.LIFE_MAX))
        ? Optional.empty()
        : Optional.of("disclosure key ends before its entry, or over 400 days after it");
  }

  /** Those whose entries stand below an index, and whose thumbprints nobody withdrew. */
  List<StatedDisclosureKey> counting(long below, Set<String> withdrawn) {
    return stated.stream()
        .filter(key -> key.index() < below && !withdrawn.contains(key.key().thumbprint()))
        .toList();
  }

  /** All of them, in the order of their statements. */
  public List<StatedDisclosureKey> all() {
    return List.copyOf(stated);
  }
}
