package dev.counterfoil.disclosure.promises;

import dev.counterfoil.disclosure.promises.PublicHistory.KeyLife;
import dev.counterfoil.format.keylog.KeyHistory;
import dev.counterfoil.format.keylog.KeyLog;
import java.time.Instant;
import java.util.List;

/** Makes the public history of what a key log says. */
public final class KeyLives {
  private KeyLives() {}

  /**
   * The history of a domain's own keys, with the key log's head as a checkpoint that was seen. Keys
   * of other issuers follow no rotation of ours and are left out.
   *
   * @param asOf the time of the key log's head
   */
  public static PublicHistory of(List<KeyHistory.Life> lives, Instant asOf) {
    List<KeyLife> keys =
        lives.stream()
            .filter(life -> !life.key().isForeign())
            .map(
                life ->
                    new KeyLife(
                        life.key().kid(),
                        life.key().log().orElse("") + " " + life.key().ring(),
                        life.statedAt().getEpochSecond(),
                        life.key().activeFrom().getEpochSecond(),
                        until(life).getEpochSecond(),
                        life.logEndedAt().map(Instant::getEpochSecond).orElse(0L)))
            .toList();
    return new PublicHistory(
        asOf.getEpochSecond(),
        keys,
        List.of(new PublicHistory.Seen(KeyLog.NAME, asOf.getEpochSecond())),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  /** The end of the last time in which it was allowed to sign; its beginning where it never was. */
  private static Instant until(KeyHistory.Life life) {
    return life.allowed().stream()
        .map(KeyHistory.Interval::until)
        .max(Instant::compareTo)
        .filter(end -> end.isAfter(life.key().activeFrom()))
        .orElse(life.key().activeFrom());
  }
}
