package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.directory.Groups;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/**
 * What the token endpoint needs where people sign in.
 *
 * @param grants what they allowed
 * @param groups which they are in
 */
public record PersonTokens(PersonGrants grants, Groups groups) {
  static final String GROUPS = "groups";

  /** What an access token says of how the person signed in, and of their groups. */
  public JsonObject accessTokenClaims(Client client, PersonGrants.Taken taken) {
    return with(IdTokenClaims.ofAccessToken(taken.allowed()), client, taken);
  }

  /** The same of an ID token. */
  public JsonObject idTokenClaims(Client client, PersonGrants.Taken taken, String accessToken) {
    return with(IdTokenClaims.of(taken.allowed(), accessToken), client, taken);
  }

  /** The groups as they are now: a token that is refreshed says others than the one before. */
  private JsonObject with(JsonObject claims, Client client, PersonGrants.Taken taken) {
    return says(client, taken.scope())
        ? claims.with(GROUPS, groups.of(taken.allowed().subject()))
        : claims;
  }

  private static boolean says(Client client, String scope) {
    return List.of(scope.split(" ", -1)).contains(GROUPS)
        && client.registration().signIn().groups() != GroupsClaim.NEVER;
  }
}
