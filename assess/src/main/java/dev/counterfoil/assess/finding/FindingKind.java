package dev.counterfoil.assess.finding;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What can be found, with its fixed severity, the requirement it falls short of (in our words, with
 * its source) and what to do about it. {@code docs/start/assess.md} lists the same ids; a test
 * holds the two together.
 *
 * <p>Sources: "CSRB" is the US Cyber Safety Review Board's report on the summer 2023 intrusion
 * (March 2024). "NIST IR 8587" means figures as reported of its draft: the final text was not
 * checked, and no conformity is claimed.
 */
public sealed interface FindingKind permits MetadataFinding, KeyFinding, TokenFinding {

  /** The enum constant's name: {@link #id} in capitals. */
  String name();

  /** Everything that is said about it. */
  Wording wording();

  /** Stable identifier, kebab-case. */
  default String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Every kind there is, in the order of the documentation. */
  static List<FindingKind> all() {
    return Stream.<FindingKind[]>of(
            MetadataFinding.values(), KeyFinding.values(), TokenFinding.values())
        .flatMap(Stream::of)
        .toList();
  }

  /**
   * What is said about a kind of finding.
   *
   * @param severity how soon to act
   * @param title one sentence without a full stop, for a list
   * @param requirement what should hold instead, and who asks for it
   * @param whatToDo the next step for whoever runs the issuer or its services
   */
  record Wording(Severity severity, String title, String requirement, String whatToDo) {}
}
