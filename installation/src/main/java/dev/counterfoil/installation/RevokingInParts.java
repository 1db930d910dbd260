package dev.counterfoil.installation;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.installation.Containment.Contained;
import dev.counterfoil.installation.Containment.ContainmentFailedException;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Revokes keys of one log, so many at once as a registrar takes: whoever held a signer may have had
 * more stated.
 *
 * @param registrar its admin socket
 * @param passesOverUnknown whether keys that the key log does not have keep none of the others from
 *     being revoked: a signer in somebody else's hands may name any
 */
record RevokingInParts(Path registrar, boolean passesOverUnknown) {
  /**
   * Revokes them. What was done before a failure stands, and the same again does the rest.
   *
   * @param revoking the command for some of them
   */
  Contained revoke(
      List<String> kids, String log, long from, Function<List<String>, Request.Command> revoking)
      throws ContainmentFailedException, InterruptedException {
    List<JsonObject> waiting = new ArrayList<>();
    boolean changed = false;
    long version = 0;
    int done = 0;
    int answered = 0;
    try {
      // None too is asked for: the registrar says that it is nothing.
      do {
        List<String> some =
            kids.subList(done, Math.min(kids.size(), done + Commands.REVOKED_AT_ONCE_MAX));
        boolean isLast = done + some.size() == kids.size();
        for (JsonObject answer : part(some, revoking, done, kids.size(), isLast && answered == 0)) {
          answered++;
          if (answer.has("waits")) {
            waiting.add(answer);
          } else {
            changed |= answer.truth("changed");
            version = answer.number("version");
          }
        }
        done += some.size();
      } while (done < kids.size());
      if (!waiting.isEmpty()) {
        throw waits(waiting);
      }
      return new Contained(log, from, kids, version, changed);
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the registrar's answer is not understood: " + e.getMessage(), e);
    }
  }

  /** The answers for some of them: one, or where there are unknown ones one for each other. */
  private List<JsonObject> part(
      List<String> kids,
      Function<List<String>, Request.Command> revoking,
      int done,
      int all,
      boolean needsOne)
      throws ContainmentFailedException, InterruptedException {
    try {
      return List.of(ask(revoking.apply(kids), done, all));
    } catch (ContainmentFailedException e) {
      if (!passesOverUnknown || !e.isUnknown()) {
        throw e;
      }
      List<JsonObject> answers = new ArrayList<>();
      for (String kid : kids) {
        try {
          answers.add(ask(revoking.apply(List.of(kid)), done, all));
        } catch (ContainmentFailedException unknown) {
          if (!unknown.isUnknown()) {
            throw unknown;
          }
        }
      }
      if (answers.isEmpty() && needsOne) {
        throw e;
      }
      return answers;
    }
  }

  private JsonObject ask(Request.Command command, int done, int all)
      throws ContainmentFailedException, InterruptedException {
    try {
      return Containment.ask(registrar, command, "registrar");
    } catch (ContainmentFailedException e) {
      if (done == 0 || e.isUnknown()) {
        throw e;
      }
      throw new ContainmentFailedException(
          "of %d keys the registrar was asked for %d; say the same again for the others: %s"
              .formatted(all, done, e.getMessage()),
          e.isRefused());
    }
  }

  private static ContainmentFailedException waits(List<JsonObject> waiting) throws FormatException {
    List<String> confirm = new ArrayList<>();
    for (JsonObject one : waiting) {
      confirm.add("counterfoil keys confirm " + one.string("waits"));
    }
    return new ContainmentFailedException(
        "nothing is revoked yet: it waits for a second person until "
            + Instant.ofEpochSecond(waiting.getFirst().number("until"))
            + ". Another operator says: "
            + String.join(", and ", confirm),
        true);
  }
}
