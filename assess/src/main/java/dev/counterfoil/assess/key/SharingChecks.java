package dev.counterfoil.assess.key;

import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for keys that vouch for more than one issuer, and for what services trust beside the
 * issuers' own sets.
 */
public final class SharingChecks {
  private final List<IssuerView> issuers;
  private final List<PublishedKeySet> deployed;
  private final AssessmentFindings findings;

  public SharingChecks(
      List<IssuerView> issuers, List<PublishedKeySet> deployed, AssessmentFindings findings) {
    this.issuers = issuers;
    this.deployed = deployed;
    this.findings = findings;
  }

  public void run() {
    for (int i = 0; i < issuers.size(); i++) {
      for (int j = i + 1; j < issuers.size(); j++) {
        comparePair(issuers.get(i), issuers.get(j));
      }
    }
    issuers.forEach(this::checkForeignKeys);
    deployed.forEach(this::checkDeployed);
  }

  private void comparePair(IssuerView one, IssuerView other) {
    if (one.keySet().isEmpty() || other.keySet().isEmpty()) {
      return;
    }
    PublishedKeySet set = one.keySet().get();
    Set<String> both = new LinkedHashSet<>(set.signingThumbprints());
    both.retainAll(other.keySet().get().signingThumbprints());
    if (both.isEmpty()) {
      return;
    }
    String pair = name(one) + " and " + name(other);
    List<PublishedKey> shared =
        set.signingKeys().stream()
            .filter(key -> key.thumbprint().map(both::contains).orElse(false))
            .toList();
    String names = shared.stream().map(PublishedKey::name).collect(Collectors.joining(", "));
    findings.add(
        KeyFinding.KEY_SET_SHARED,
        set.address().equals(other.keySet().get().address())
            ? pair
                + " name the same key set, "
                + Printable.of(set.address().toString())
                + ", with "
                + Printable.counted(both.size(), "signing key")
            : pair
                + " publish "
                + Printable.counted(both.size(), "signing key")
                + " in common: "
                + Printable.of(names));
    long silent = shared.stream().filter(key -> key.issuer().isEmpty()).count();
    if (silent > 0) {
      findings.add(
          KeyFinding.KEY_SCOPE_UNSTATED,
          (silent == shared.size() ? "none" : shared.size() - silent + " only")
              + " of the keys that "
              + pair
              + " share says in a member issuer whose it is");
    }
  }

  private void checkForeignKeys(IssuerView issuer) {
    if (issuer.keySet().isEmpty()) {
      return;
    }
    PublishedKeySet set = issuer.keySet().get();
    for (PublishedKey key : set.signingKeys()) {
      key.issuer()
          // A pattern such as https://host/{tenant}/ may well cover this issuer.
          .filter(owner -> !owner.contains("{") && !issuer.names().contains(owner))
          .ifPresent(
              owner ->
                  findings.add(
                      KeyFinding.KEY_OF_OTHER_ISSUER,
                      set.name(key) + " is meant for " + Printable.of(owner)));
    }
  }

  private void checkDeployed(PublishedKeySet set) {
    String where = Printable.of(set.address().toString());
    Set<String> published = new HashSet<>();
    List<String> owners = new ArrayList<>();
    for (IssuerView issuer : issuers) {
      Optional<PublishedKeySet> own = issuer.keySet();
      if (own.isEmpty()) {
        continue;
      }
      Set<String> thumbprints = own.get().signingThumbprints();
      published.addAll(thumbprints);
      thumbprints.retainAll(set.signingThumbprints());
      if (!thumbprints.isEmpty()) {
        owners.add(name(issuer));
      }
    }
    if (owners.size() > 1) {
      findings.add(
          KeyFinding.DEPLOYED_SET_MERGED, where + " holds keys of " + String.join(", ", owners));
    }
    if (published.isEmpty()) {
      // No issuer's set could be read: nothing can be said about what is missing from it.
      return;
    }
    for (PublishedKey key : set.signingKeys()) {
      if (key.thumbprint().isPresent() && !published.contains(key.thumbprint().get())) {
        findings.add(KeyFinding.DEPLOYED_KEY_WITHDRAWN, set.name(key));
      }
    }
  }

  private static String name(IssuerView issuer) {
    return Printable.of(issuer.url().toString());
  }
}
