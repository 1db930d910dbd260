package dev.counterfoil.disclosure.advisories;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which requirements of CSAF 2.0, 7.1, a provider meets.
 *
 * @param documents how many documents were read
 * @param requirements all twenty, in order
 */
public record ProviderReport(int documents, List<Requirement> requirements) {
  /** What was found of one requirement. */
  public enum Verdict {
    MET,
    NOT_MET,
    NOT_CHECKED
  }

  /**
   * One requirement.
   *
   * @param why what is wrong, or why it was not looked at; at most 20
   */
  public record Requirement(int number, String title, Verdict verdict, List<String> why) {}

  /** The roles of CSAF 2.0, 7.2, the least first. */
  public enum Role {
    PUBLISHER("csaf_publisher"),
    PROVIDER("csaf_provider"),
    TRUSTED_PROVIDER("csaf_trusted_provider");

    private final String label;

    Role(String label) {
      this.label = label;
    }

    /** As a provider's metadata names it. */
    public String label() {
      return label;
    }
  }

  /** The first is requirement 1. */
  static final List<String> TITLES =
      List.of(
          "each document is valid",
          "each file has the name that its id makes",
          "all is served by TLS",
          "TLP:WHITE is there for everybody",
          "TLP:AMBER and TLP:RED are protected",
          "nothing redirects",
          "provider-metadata.json is valid",
          "security.txt names it",
          "it lies at the well-known address",
          "it lies at csaf.data.security.DOMAIN",
          "one folder a year",
          "index.txt lists every document",
          "changes.csv lists every document, the newest first",
          "folders can be listed",
          "a ROLIE feed lists every document",
          "a ROLIE service document",
          "a ROLIE category document",
          "SHA-256 or SHA-512 of each document",
          "an OpenPGP signature of each document",
          "the public OpenPGP key");

  private boolean met(int from, int to) {
    return IntStream.rangeClosed(from, to).allMatch(this::met);
  }

  private boolean met(int number) {
    return requirements.get(number - 1).verdict() == Verdict.MET;
  }

  private boolean isNotBroken(int number) {
    return requirements.get(number - 1).verdict() != Verdict.NOT_MET;
  }

  /**
   * The greatest role whose rules are kept (CSAF 2.0, 7.2). Requirement 5 counts as kept where
   * there is nothing to protect. A folder's listing (14) depends on the web server and counts as
   * kept where it was not looked at; 16 and 17 are optional.
   */
  public Optional<Role> role() {
    if (!met(1, 4)) {
      return Optional.empty();
    }
    boolean isDistributed = (met(11, 13) && isNotBroken(14)) || met(15);
    boolean isFound = met(8) || met(9) || met(10);
    if (!(isNotBroken(5) && met(6, 7) && isFound && isDistributed)) {
      return Optional.of(Role.PUBLISHER);
    }
    return Optional.of(met(18, 20) ? Role.TRUSTED_PROVIDER : Role.PROVIDER);
  }
}
