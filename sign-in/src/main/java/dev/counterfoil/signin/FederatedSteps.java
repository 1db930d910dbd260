package dev.counterfoil.signin;

import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signin.upstream.Upstream;
import dev.counterfoil.signin.upstream.UpstreamIdentity;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Whom an account at a provider signs in. An address decides nothing, verified or not, but where
 * the operator says so of that provider, it says that it verified it, and so did we. Pure.
 */
final class FederatedSteps {
  private static final int SUFFIX = 12;

  private FederatedSteps() {}

  /** The next step. */
  sealed interface Step {
    /** The person signs in. */
    record SignIn(Person person) implements Step {}

    /** The account is linked to the person, who signs in. */
    record Link(Person person) implements Step {}

    /** A person is added, linked, and signs in. */
    record Create(String username, String name, Optional<String> email, boolean emailVerified)
        implements Step {}

    /** Nobody signs in. */
    record Refuse(String code, String sentence) implements Step {}
  }

  /**
   * Decides.
   *
   * @param linked whose account it is
   * @param invited who enrols with it
   * @param sameEmail the only person of the tenant with the same address, verified on both sides;
   *     empty unless the provider may link by it
   */
  static Step next(
      Upstream upstream,
      UpstreamIdentity who,
      Optional<Person> linked,
      Optional<Person> invited,
      Optional<Person> sameEmail) {
    if (invited.isPresent()) {
      if (linked.filter(one -> !one.subject().equals(invited.get().subject())).isPresent()) {
        return new Step.Refuse("taken", "the account is linked to another person");
      }
      // Also one that is linked: the use of a recovery's link takes that away.
      return admitted(upstream, invited.get()).orElseGet(() -> new Step.Link(invited.get()));
    }
    if (linked.isPresent()) {
      return admitted(upstream, linked.get()).orElseGet(() -> new Step.SignIn(linked.get()));
    }
    if (sameEmail.isPresent() && upstream.linksByEmail() && who.emailVerified()) {
      return admitted(upstream, sameEmail.get()).orElseGet(() -> new Step.Link(sameEmail.get()));
    }
    return upstream.creates()
        ? created(upstream, who)
        : new Step.Refuse("not-linked", "the account is linked to nobody");
  }

  private static Optional<Step> admitted(Upstream upstream, Person person) {
    if (person.disabled()) {
      return Optional.of(new Step.Refuse("disabled", "the person is refused"));
    }
    return person.tenant().equals(upstream.tenant())
        ? Optional.empty()
        : Optional.of(new Step.Refuse("tenant", "the person belongs to another tenant"));
  }

  /** A username that is taken is another person's: the directory refuses it. */
  private static Step created(Upstream upstream, UpstreamIdentity who) {
    String username =
        who.username()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(Person::isUsername)
            .orElseGet(
                () ->
                    upstream.name()
                        + "-"
                        + Hash.sha256(who.subject().getBytes(StandardCharsets.UTF_8))
                            .hex()
                            .substring(0, SUFFIX));
    return new Step.Create(
        username,
        who.name().filter(name -> name.length() <= 200).orElse(username),
        who.email().filter(Person::isEmail),
        who.emailVerified() && upstream.linksByEmail());
  }
}
