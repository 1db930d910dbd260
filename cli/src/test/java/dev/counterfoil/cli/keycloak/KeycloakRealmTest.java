package dev.counterfoil.cli.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.cli.apply.ApplyFile;
import dev.counterfoil.cli.apply.ApplyPlan;
import dev.counterfoil.cli.apply.ApplyYaml;
import dev.counterfoil.cli.apply.PresentState;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * An export that {@code kc.sh export} of Keycloak 26.7.3 wrote, without its keys, flows and
 * required actions, which nobody here reads.
 */
class KeycloakRealmTest {
  private static byte[] export() throws Exception {
    return export("realm.json");
  }

  private static byte[] export(String name) throws Exception {
    try (var in = Objects.requireNonNull(KeycloakRealm.class.getResourceAsStream(name))) {
      return in.readAllBytes();
    }
  }

  private static ClientRegistration client(KeycloakRealm realm, String id) {
    return Objects.requireNonNull(realm.state().clients().get(id)).registration();
  }

  @Test
  void peopleAndTheirGroupsAreTaken() throws Exception {
    KeycloakRealm realm = KeycloakRealm.read(export(), Optional.of("tenant"));

    PresentState state = realm.state();
    assertThat(state.people()).containsOnlyKeys("alice", "bob", "carol");
    Person alice = Objects.requireNonNull(state.people().get("alice"));
    assertThat(alice.name()).isEqualTo("Alice Liddell");
    assertThat(alice.tenant()).isEqualTo("tenant");
    assertThat(alice.email()).contains("alice@acme.example");
    assertThat(alice.emailVerified()).isTrue();
    assertThat(Objects.requireNonNull(state.people().get("carol")).disabled()).isTrue();
    assertThat(Objects.requireNonNull(state.groups().get("tenant")))
        .containsOnlyKeys("Admins", "staff", "staff/berlin", "staff/hamburg")
        .hasEntrySatisfying(
            "staff/berlin", group -> assertThat(group.members()).containsExactly("alice"));
  }

  @Test
  void clientsAreTakenByWhatTheyDo() throws Exception {
    KeycloakRealm realm = KeycloakRealm.read(export(), Optional.empty());

    assertThat(realm.tenant()).isEqualTo("acme");
    assertThat(realm.state().clients())
        .containsOnlyKeys("nightly", "old", "phone", "robot", "shop");
    ClientRegistration shop = client(realm, "shop");
    assertThat(shop.method()).isEqualTo(AuthenticationMethod.CLIENT_SECRET_BASIC);
    assertThat(shop.audiences()).containsExactly("notes-api");
    assertThat(shop.signIn().grantTypes()).containsExactlyInAnyOrder(GrantType.values());
    assertThat(shop.signIn().redirectUris()).containsExactly("https://shop.acme.example/callback");
    assertThat(shop.signIn().groups()).isEqualTo(GroupsClaim.ALWAYS);
    assertThat(shop.signIn().protocol().backChannelLogoutUri())
        .contains("https://shop.acme.example/logout");
    assertThat(client(realm, "phone").method()).isEqualTo(AuthenticationMethod.NONE);
    assertThat(client(realm, "robot").method()).isEqualTo(AuthenticationMethod.PRIVATE_KEY_JWT);
    assertThat(Objects.requireNonNull(realm.state().clients().get("old")).standing().disabled())
        .isTrue();
  }

  @Test
  void whatIsNotTakenIsSaidAndNoSecretIsInTheFile() throws Exception {
    KeycloakRealm realm = KeycloakRealm.read(export(), Optional.empty());

    String notes = String.join("\n", realm.notes());
    assertThat(notes)
        .contains("müller", "SAML", "(nightly, old, shop)")
        .contains("https://app.acme.example/*", "google", "roles of people", "auditor", "new sub");
    String yaml = ApplyYaml.of(realm.state(), Optional.empty());
    assertThat(new String(export(), StandardCharsets.UTF_8)).contains("a-secret-of-keycloak");
    assertThat(yaml + notes + realm)
        .doesNotContain("a-secret-of-keycloak", "another-secret", "secretData", "6pKdjEjdnxsVCRe");
  }

  @Test
  void hashesOfPasswordsAreInTheFileWhenTheyAreAskedFor() throws Exception {
    KeycloakRealm realm = KeycloakRealm.read(export(), Optional.empty());
    assertThat(realm.passwords()).containsOnlyKeys("alice", "bob");

    String yaml = ApplyYaml.of(realm.state(), Optional.empty(), realm.passwords());
    assertThat(yaml)
        .contains("password_hash: \"$argon2id$v=19$m=7168,t=5,p=1$DkO7pS5PWX4nsb4yhGz6gQ$");
    ApplyPlan fresh = ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), PresentState.empty(), false);
    assertThat(fresh.faults()).isEmpty();
    assertThat(fresh.steps().toString()).doesNotContain("DkO7pS5PWX4nsb4yhGz6gQ");
    assertThat(fresh.steps().getFirst().told())
        .hasToString(
            "+ person alice: name Alice Liddell; email alice@acme.example; with a password");
    // A file that is applied later gives nobody an old password back.
    assertThat(ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), realm.state(), true).steps())
        .isEmpty();
  }

  @Test
  void pbkdf2IsTakenTooAndWhatCostsTooMuchIsNot() throws Exception {
    String export = new String(export("realm-pbkdf2.json"), StandardCharsets.UTF_8);
    KeycloakRealm realm =
        KeycloakRealm.read(export.getBytes(StandardCharsets.UTF_8), Optional.empty());
    assertThat(Objects.requireNonNull(realm.passwords().get("dora")).text())
        .startsWith("$pbkdf2-sha256$i=600000$Nqgi0qYbEsWRlMwjcOI7eQ$");
    assertThat(Objects.requireNonNull(realm.passwords().get("emil")).text())
        .startsWith("$pbkdf2-sha512$i=30000$");

    String costly = export.replace(":600000,", ":6000000,").replace("pbkdf2-sha512", "md5");
    KeycloakRealm other =
        KeycloakRealm.read(costly.getBytes(StandardCharsets.UTF_8), Optional.empty());
    assertThat(other.passwords()).isEmpty();
    assertThat(other.state().people()).containsOnlyKeys("dora", "emil");
    assertThat(String.join("\n", other.notes()))
        .contains(
            "6,000,000. Invite the people (dora)", "not known here. Invite the people (emil)");
  }

  @Test
  void itIsAFileForApply() throws Exception {
    KeycloakRealm realm = KeycloakRealm.read(export(), Optional.empty());
    String yaml = ApplyYaml.of(realm.state(), Optional.empty());

    assertThat(ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), realm.state(), true).steps())
        .isEmpty();
    ApplyPlan fresh = ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), PresentState.empty(), false);
    assertThat(fresh.faults()).isEmpty();
    // People, one of whom is disabled, groups, members, clients, one of which is disabled.
    assertThat(fresh.steps()).hasSize(3 + 1 + 4 + 3 + 5 + 1);
  }

  @Test
  void whatIsNoExportIsRefused() {
    assertThatThrownBy(() -> KeycloakRealm.read(new byte[] {'{', '}'}, Optional.empty()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("realm");
    assertThatThrownBy(
            () ->
                KeycloakRealm.read(
                    "{\"realm\":\"\"}".getBytes(StandardCharsets.UTF_8), Optional.empty()))
        .hasMessageContaining("--tenant");
  }
}
