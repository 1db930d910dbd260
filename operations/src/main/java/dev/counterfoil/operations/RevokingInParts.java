package dev.counterfoil.operations;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Revokes keys of one log, so many at once as a registrar takes: whoever held a signer may have had
 * more stated.
 *
 * @param operators asks the registrar
 * @param passesOverUnknown whether keys that the key log does not have keep none of the others from
 *     being revoked: a signer in somebody else's hands may name any
 */
record RevokingInParts(OperatorClient operators, boolean passesOverUnknown) {
  /**
   * Revokes them; the answer names those that the key log has. What was done before a failure
   * stands, and the same again does the rest.
   *
   * @param revoking the command for some of them
   */
  Contained revoke(
      List<String> kids, String log, long from, Function<List<String>, Request.Command> revoking)
      throws OperatorException, InterruptedException {
    List<JsonObject> waiting = new ArrayList<>();
    List<String> revoked = new ArrayList<>();
    boolean changed = false;
    long version = 0;
    int done = 0;
    try {
      // None too is asked for: the registrar says that it is nothing.
      do {
        List<String> some =
            kids.subList(done, Math.min(kids.size(), done + Commands.REVOKED_AT_ONCE_MAX));
        boolean isLast = done + some.size() == kids.size();
        for (Part part : parts(some, revoking, done, kids.size(), isLast && revoked.isEmpty())) {
          JsonObject answer = part.answer();
          revoked.addAll(part.kids());
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
      return new Contained(log, from, revoked, version, changed);
    } catch (FormatException e) {
      throw OperatorClient.notUnderstood("registrar", e);
    }
  }

  /**
   * Some of them that the registrar knows.
   *
   * @param answer what it said to them
   */
  private record Part(List<String> kids, JsonObject answer) {}

  /** Some of them at once or, where there are unknown ones among them, one by one. */
  private List<Part> parts(
      List<String> kids,
      Function<List<String>, Request.Command> revoking,
      int done,
      int all,
      boolean needsOne)
      throws OperatorException, InterruptedException {
    try {
      return List.of(new Part(kids, ask(revoking.apply(kids), done, all)));
    } catch (OperatorException e) {
      if (!passesOverUnknown || !e.isUnknown()) {
        throw e;
      }
      List<Part> answers = new ArrayList<>();
      for (String kid : kids) {
        List<String> one = List.of(kid);
        try {
          answers.add(new Part(one, ask(revoking.apply(one), done, all)));
        } catch (OperatorException unknown) {
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
      throws OperatorException, InterruptedException {
    try {
      return operators.askRegistrar(command);
    } catch (OperatorException e) {
      if (done == 0 || e.isUnknown()) {
        throw e;
      }
      throw new OperatorException(
          "of %d keys the registrar accepted %d. Run the command again for the others: %s"
              .formatted(all, done, e.getMessage()),
          e.kind());
    }
  }

  private static OperatorException waits(List<JsonObject> waiting) throws FormatException {
    List<String> confirm = new ArrayList<>();
    for (JsonObject one : waiting) {
      confirm.add("counterfoil keys confirm " + one.string("waits"));
    }
    return new OperatorException(
        "nothing is revoked yet. It waits for a second person until "
            + Instant.ofEpochSecond(waiting.getFirst().number("until"))
            + ". Another operator runs: "
            + String.join(", and ", confirm),
        OperatorException.Kind.REFUSED);
  }
}
