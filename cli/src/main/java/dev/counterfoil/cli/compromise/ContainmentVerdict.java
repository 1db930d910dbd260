package dev.counterfoil.cli.compromise;

import dev.counterfoil.cli.command.Red;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.operations.containment.PublishedSets;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a theft is contained: no key that a thief may have stands in anything that we publish, as
 * a stranger fetched it after the revocation, and the monitor holds every token that stays valid.
 *
 * @param look what is published
 * @param lastCopyEnds when the last copy of a JWKS ends that may have one of the keys; empty where
 *     the key log cannot be read
 * @param failed the suspect signers that were not replaced
 * @param forgeriesKnown whether the monitor told with which keys forged tokens were seen
 * @param forgotten keys of which the monitor lost whether forged tokens were seen, or what it saw
 * @param elsewhere the same of other signers than the one that was named
 * @param held what the monitor holds of the tokens that stay valid; empty where it does not tell
 * @param changed whether anything was done now
 * @param keys what the key log says; empty where it cannot be read
 */
record ContainmentVerdict(
    PublishedSets.Look look,
    Optional<Instant> lastCopyEnds,
    List<SignersContained.Failed> failed,
    boolean forgeriesKnown,
    Set<String> forgotten,
    Set<String> elsewhere,
    Optional<List<HeldTokens>> held,
    boolean changed,
    Optional<KeySet> keys) {
  ContainmentVerdict {
    failed = List.copyOf(failed);
    forgotten = Set.copyOf(forgotten);
    elsewhere = Set.copyOf(elsewhere);
  }

  /**
   * By what is known after the revocation.
   *
   * @param gone the keys that nothing published may have
   */
  static ContainmentVerdict of(
      PublishedSets.Look look,
      Set<String> gone,
      List<SignersContained.Failed> failed,
      boolean forgeriesKnown,
      Set<String> forgotten,
      Set<String> elsewhere,
      Optional<List<HeldTokens>> held,
      boolean changed,
      Optional<KeySet> keys,
      Instant now) {
    Set<String> published =
        look.found().stream().map(PublishedSets.Found::kid).collect(Collectors.toSet());
    return new ContainmentVerdict(
        look,
        keys.flatMap(set -> JwksMaxAge.lastCopyEnds(set, gone, published, now)),
        failed,
        forgeriesKnown,
        forgotten,
        elsewhere,
        held,
        changed,
        keys);
  }

  /** Which keys were a thief's to take is not known without the key log and the monitor. */
  boolean isContained() {
    return failed.isEmpty()
        && keys.isPresent()
        && forgeriesKnown
        && forgotten.isEmpty()
        && held.isPresent()
        && notHeld().isEmpty()
        && look.isClean();
  }

  List<HeldTokens> notHeld() {
    return held.orElse(List.of()).stream().filter(one -> !one.isComplete()).toList();
  }

  void say(PrintStream out, Instant now) {
    if (isContained()) {
      out.printf(
          "%s: the issuer publishes none of these keys (%d sets were fetched)%n",
          changed
              ? "CONTAINED"
              : "CONTAINED ALREADY, nothing was changed (if the signer's new keys are"
                  + " stolen too, name it and add --again)",
          look.read().size());
    } else if (!failed.isEmpty()) {
      out.println(Red.text("NOT CONTAINED") + ": a suspect signer is not replaced");
      failed.forEach(one -> out.println("  " + one.text()));
    } else if (!look.found().isEmpty()) {
      out.println(Red.text("NOT CONTAINED") + ": keys that may be stolen are still published");
    } else if (!notHeld().isEmpty()) {
      out.println(
          Red.text("NOT CONTAINED")
              + ": the monitor does not hold all tokens that stay valid, so forged ones may be"
              + " among them");
    } else if (!forgotten.isEmpty()) {
      out.println(
          Red.text("NOT CONTAINED")
              + ": keys that may be stolen are still published. The monitor lost its database, and"
              + " with it whether forged tokens were seen that were signed with these");
    } else if (keys.isPresent() && look.isClean()) {
      out.println(
          Red.text("REVOKED, AND NOT CHECKED")
              + ": the monitor does not say with which keys forged tokens were seen, or what it"
              + " holds. Run"
              + " this command again when the monitor answers. Until then it is not known"
              + " whether the theft is contained");
    } else {
      out.println(
          Red.text("REVOKED, AND NOT CHECKED")
              + ": cannot read what is published. Run this command again when the"
              + " authority answers. Until then it is not known whether the theft is"
              + " contained");
    }
    for (PublishedSets.Found found : look.found()) {
      out.println("  " + found.kid() + " at " + found.uri() + remedy(found.kid()));
    }
    if (!look.found().isEmpty()) {
      out.println("  one theft takes all keys of a log: it is not enough to revoke some of them");
    }
    forgotten.stream().sorted().forEach(kid -> out.println("  " + kid + remedy(kid)));
    if (!elsewhere.isEmpty()) {
      out.println(
          "  of signers that you did not name nothing is known: the monitor lost its database, and"
              + " with it\n  whether forged tokens were seen that were signed with these");
      elsewhere.stream().sorted().forEach(kid -> out.println("  " + kid + remedy(kid)));
    }
    look.unread().forEach(unread -> out.println("  not read: " + unread));
    lastCopyEnds.ifPresent(
        end ->
            out.printf(
                "  the last cached copy of a JWKS with one of them %s at %s. Until"
                    + " then, services that read only the JWKS%n  accept forged tokens from"
                    + " their copy. When they read it again, they sign their users out.%n",
                look.found().isEmpty()
                    ? now.isBefore(end) ? "ends" : "ended"
                    : "that was fetched by now ends",
                end));
    out.println();
  }

  private String remedy(String kid) {
    Optional<String> log = keys.flatMap(set -> set.key(kid)).flatMap(KeyStatement::log);
    return log.isEmpty()
        ? ": run counterfoil keys revoke " + kid
        : " (log " + log.get() + "): run counterfoil compromise " + log.get() + " --yes";
  }

  JsonObject.Builder toJson(JsonObject.Builder json) {
    return json.put("contained", isContained())
        .put("forgotten", forgotten.stream().sorted().toList())
        .put("forgotten_elsewhere", elsewhere.stream().sorted().toList())
        .put("not_replaced", failed.stream().map(SignersContained.Failed::toJson).toList())
        .put("published", look.toJson())
        .put("last_copy_ends", lastCopyEnds.map(Instant::toString).orElse(null));
  }
}
