package dev.counterfoil.authority.administration;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.settings.AdministrationEntry.SecondPersonEntry;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What one administrator does not do alone: facts in, a reason out, or none. What takes access away
 * is never among it, but for a new secret of a guarded client: to disable the client waits for
 * nobody.
 */
final class SecondPersonRules {
  private final SecondPersonEntry rules;

  SecondPersonRules(SecondPersonEntry rules) {
    this.rules = rules;
  }

  /** Why registering a client waits; empty where it does not. */
  Optional<String> registering(ClientRegistration client, boolean isByOwner) {
    Set<String> scopes = Set.copyOf(client.scopes());
    boolean isAdministrator =
        scopes.contains(ClientRegistration.ADMIN_SCOPE)
            || scopes.contains(ClientRegistration.ADMIN_READ_SCOPE);
    if (!rules.required()) {
      return Optional.empty();
    }
    if (isAdministrator) {
      return Optional.of("it makes an administrator");
    }
    // The authority's own user writes its database, and registers an installation's own clients.
    if (isByOwner) {
      return Optional.empty();
    }
    if (client.isOfOperator()) {
      return Optional.of("it gives a scope of the operator's");
    }
    return isGuarded(client) ? Optional.of("it registers a guarded client") : Optional.empty();
  }

  /** The same of a change of what is registered. */
  Optional<String> updating(ClientRegistration before, ClientRegistration after) {
    if (!rules.required() || before.equals(after)) {
      return Optional.empty();
    }
    if (isWider(before, after, ClientRegistration::scopes)) {
      return Optional.of("it gives a scope");
    }
    if (isWider(before, after, ClientRegistration::audiences)) {
      return Optional.of("it gives an audience");
    }
    if (isWider(before, after, client -> client.signIn().grantTypes())
        || isWider(before, after, ClientRegistration::concessions)
        || (after.mayIntrospect() && !before.mayIntrospect())
        || (before.dpopRequired() && !after.dpopRequired())
        || (after.signIn().nonceInsteadOfPkce() && !before.signIn().nonceInsteadOfPkce())
        || !before.tenant().equals(after.tenant())
        || !before.subject().equals(after.subject())) {
      return Optional.of("the client may more, or acts as another");
    }
    return isGuarded(before) && proofOrPlace(before, after)
        ? Optional.of("it changes a redirect URI or the credential of a guarded client")
        : Optional.empty();
  }

  private static boolean proofOrPlace(ClientRegistration before, ClientRegistration after) {
    return !before.jwks().equals(after.jwks())
        || before.method() != after.method()
        || isWider(before, after, client -> client.signIn().redirectUris())
        || isWider(before, after, client -> client.signIn().postLogoutRedirectUris())
        || !before
            .signIn()
            .protocol()
            .backChannelLogoutUri()
            .equals(after.signIn().protocol().backChannelLogoutUri());
  }

  /** The same of a new secret. */
  Optional<String> rotating(ClientRegistration client) {
    return rules.required() && isGuarded(client)
        ? Optional.of("it changes the secret of a guarded client")
        : Optional.empty();
  }

  /** The same of a client that is to be admitted again, or for longer. */
  Optional<String> admitting(ClientRegistration client) {
    return rules.required() && client.isOfOperator()
        ? Optional.of("it admits a client with a scope of the operator's")
        : Optional.empty();
  }

  /** Whose keys were changed alone would be two administrators: so those always are. */
  private boolean isGuarded(ClientRegistration client) {
    return client.isOfOperator()
        || rules.guardedClients().contains(client.clientId())
        || rules.guardedClients().contains("*");
  }

  /** Whether commands are to be what they were when this was asked. */
  boolean required() {
    return rules.required();
  }

  private static <T> boolean isWider(
      ClientRegistration before,
      ClientRegistration after,
      Function<ClientRegistration, ? extends Collection<T>> part) {
    return !new HashSet<>(part.apply(before)).containsAll(part.apply(after));
  }
}
