package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Whether any key may sign what a client is registered for. The signer decides at each token; a
 * typo is told here, to who made it.
 */
public final class RegistrationCheck {
  private RegistrationCheck() {}

  /**
   * What no key may sign, a sentence for each; empty where all is well, and where no key that signs
   * is stated yet.
   *
   * @param keys what the key log states
   */
  public static List<String> faults(
      ClientRegistration client, List<KeyStatement> keys, Instant now) {
    List<KeyStatement> signing = signing(keys, now);
    List<String> faults = new ArrayList<>();
    if (signing.isEmpty()) {
      return faults;
    }
    Optional<String> tenantFault = tenantFault(client.tenant(), keys, now);
    if (tenantFault.isPresent()) {
      faults.add(tenantFault.get());
      return faults;
    }
    List<KeyStatement> ofTenant =
        signing.stream().filter(key -> key.tenants().allows(client.tenant())).toList();
    for (String audience : client.audiences()) {
      if (ofTenant.stream().noneMatch(key -> key.audiences().allows(audience))) {
        faults.add(
            ("no key may sign for audience %s. The audiences are %s. To add it, list it"
                    + " under audiences in registrar.yaml and in each signer's configuration")
                .formatted(audience, names(ofTenant, KeyStatement::audiences)));
      }
    }
    for (Wanted wanted : wanted(client.signIn())) {
      if (keys.stream()
          .filter(key -> now.isBefore(key.activeUntil()))
          .noneMatch(
              key ->
                  key.tokenTypes().allows(wanted.type)
                      && key.tenants().allows(client.tenant())
                      && key.audiences().allows(client.clientId()))) {
        faults.add(
            "no key may sign "
                + wanted.words
                + ", which are of type "
                + wanted.type
                + ", for tenant "
                + client.tenant()
                + " and this client. To add a purpose for them, see docs/integrate/sign-in.md");
      }
    }
    Duration longest =
        ofTenant.stream().map(KeyStatement::lifeMax).max(Comparator.naturalOrder()).orElseThrow();
    if (client.tokenLife().filter(life -> life.compareTo(longest) > 0).isPresent()) {
      faults.add(
          ("no key may sign a token that lives %d s. The limit is %d s (life-max in"
                  + " registrar.yaml and in each signer's configuration)")
              .formatted(client.tokenLife().get().toSeconds(), longest.toSeconds()));
    }
    return faults;
  }

  /** The same of a tenant alone: why no key may sign for it. */
  public static Optional<String> tenantFault(String tenant, List<KeyStatement> keys, Instant now) {
    List<KeyStatement> signing = signing(keys, now);
    return signing.isEmpty() || signing.stream().anyMatch(key -> key.tenants().allows(tenant))
        ? Optional.empty()
        : Optional.of(
            ("no key may sign for tenant %1$s. The tenants are %2$s. To add it, run counterfoil"
                    + " tenant add %1$s")
                .formatted(tenant, names(signing, KeyStatement::tenants)));
  }

  private static List<KeyStatement> signing(List<KeyStatement> keys, Instant now) {
    return keys.stream()
        .filter(key -> key.purpose().equals(KeyStatement.ACCESS))
        .filter(key -> now.isBefore(key.activeUntil()))
        .toList();
  }

  /** A token type that a client needs keys for. */
  private record Wanted(String words, String type) {}

  private static List<Wanted> wanted(SignInTerms terms) {
    List<Wanted> wanted = new ArrayList<>();
    if (terms.any()) {
      wanted.add(new Wanted("ID tokens", "JWT"));
    }
    if (terms.protocol().backChannelLogoutUri().isPresent()) {
      wanted.add(new Wanted("logout tokens", "logout+jwt"));
    }
    if (terms.protocol().userinfoAlgorithm().isPresent()) {
      wanted.add(new Wanted("signed userinfo", "userinfo+jwt"));
    }
    return wanted;
  }

  private static String names(List<KeyStatement> keys, Function<KeyStatement, AllowList> list) {
    Set<String> names = new TreeSet<>();
    keys.forEach(key -> names.addAll(list.apply(key).names()));
    return String.join(", ", names);
  }
}
