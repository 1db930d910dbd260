package dev.counterfoil.installation;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.installation.Containment.ContainmentFailedException;
import dev.counterfoil.signerprotocol.Commands;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Has the key log say where a contained log ended when it says later, by the word of whoever held
 * the signer. An end that it says earlier stands: nobody gives back what was taken back.
 *
 * @param registrar its admin socket
 */
record RestatingEnd(Path registrar) {
  /** Where the key log says that a log ended after the size with which it was contained. */
  static Optional<KeySet.EndedLog> later(String log, long size, KeySet keys) {
    return keys.endedLogs().stream()
        .filter(end -> end.log().equals(log) && end.size() > size)
        .findFirst();
  }

  /** The containment with it. What was revoked before a failure stands. */
  Contained restate(Contained contained, KeySet keys)
      throws ContainmentFailedException, InterruptedException {
    Optional<KeySet.EndedLog> later = later(contained.log(), contained.size(), keys);
    if (later.isEmpty()) {
      return contained;
    }
    try {
      JsonObject done =
          Containment.ask(
              registrar,
              Commands.endLogAlone(contained.log(), contained.size(), reason(later.get())),
              "registrar");
      return contained.at(done.number("version"), done.truth("changed"));
    } catch (ContainmentFailedException e) {
      throw new ContainmentFailedException(
          "the keys of %s are revoked from position %d on; that it ended there the key log does not say, but that it ended at %d (say the same again): %s"
              .formatted(contained.log(), contained.size(), later.get().size(), e.getMessage()),
          e.isRefused());
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /** That tokens past it may be lost and not forged stays, whoever comes back since. */
  private static KeyLogEvent.EndReason reason(KeySet.EndedLog stands) {
    return stands.reason().losesTokens() ? stands.reason() : KeyLogEvent.EndReason.REPLACED;
  }
}
