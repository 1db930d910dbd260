package dev.counterfoil.cli.compromise;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.Contained;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What became of signers that were to be contained, one after the other: one that does not answer
 * keeps no other one's stolen keys good.
 *
 * @param contained those that were
 * @param failed those that were not
 */
record SignersContained(List<Contained> contained, List<Failed> failed) {
  SignersContained {
    contained = List.copyOf(contained);
    failed = List.copyOf(failed);
  }

  /** Contains one. */
  @FunctionalInterface
  interface One {
    Contained contain(String name) throws InterruptedException;
  }

  /**
   * A signer that was not contained.
   *
   * @param name of it
   * @param why it was not
   */
  record Failed(String name, CommandFailure why) {
    String text() {
      return "signer %s is not replaced, and its keys stay valid: %s"
          .formatted(name, why.getMessage());
    }

    JsonObject toJson() {
      return JsonObject.builder().put("signer", name).put("reason", why.getMessage()).build();
    }
  }

  /**
   * Contains all that can be, and says at once what became of each.
   *
   * @param said takes what is contained
   */
  static SignersContained of(List<String> names, One one, Consumer<Contained> said)
      throws InterruptedException {
    List<Contained> contained = new ArrayList<>();
    List<Failed> failed = new ArrayList<>();
    for (String name : names) {
      try {
        Contained done = one.contain(name);
        said.accept(done);
        contained.add(done);
      } catch (CommandFailure e) {
        Failed failure = new Failed(name, e);
        failed.add(failure);
        if (names.size() > 1) {
          System.err.println("Warning: " + failure.text());
        }
      }
    }
    return new SignersContained(contained, failed);
  }

  /** Those of some names that were contained. */
  List<String> replaced(List<String> names) {
    List<String> lacking = failed.stream().map(Failed::name).toList();
    return names.stream().filter(name -> !lacking.contains(name)).toList();
  }

  /** How the command ends when nothing was contained: with the first failure. */
  CommandFailure failure() {
    return failed.getFirst().why();
  }
}
