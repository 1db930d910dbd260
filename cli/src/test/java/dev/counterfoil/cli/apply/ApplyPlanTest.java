package dev.counterfoil.cli.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.ClientStanding;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.cli.apply.PresentState.PresentClient;
import dev.counterfoil.cli.apply.PresentState.PresentGroup;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is to be done follows from the file and from what there is. */
class ApplyPlanTest {
  /** Whatever can stand in an export: names that YAML would read differently, and every member. */
  static PresentState everything() throws FormatException {
    PresentState state = PresentState.empty();
    for (Person person :
        List.of(
            person("acme", "alice", "Alice \"L\" # Liddell", "alice@acme.example", true, false),
            person("acme", "null", "yes", "", false, true),
            person("acme", "123", "0x10", "", false, false),
            person(
                "other", "zoe", "Zoë: 語 - [a]\u2028\ufeff🚀", "z@other.example", false, false))) {
      state.people().put(person.username(), person);
    }
    state.groups().put("acme", new TreeMap<>());
    for (String name : List.of("staff", "- true", "Köln, Nord", "empty")) {
      state
          .groups()
          .get("acme")
          .put(
              name,
              new PresentGroup(
                  new PeopleGroup("acme", name, Instant.EPOCH, 3),
                  new TreeSet<>(name.equals("empty") ? Set.of() : Set.of("alice", "123"))));
    }
    JsonObject jwks =
        StrictJson.object(
            """
            {"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"""
                .getBytes(StandardCharsets.UTF_8),
            1_000);
    SignInTerms terms =
        new SignInTerms(
            Set.of(
                GrantType.AUTHORIZATION_CODE,
                GrantType.REFRESH_TOKEN,
                GrantType.CLIENT_CREDENTIALS),
            List.of("https://app.example/cb?a=b&c=%20", "com.app:/cb"),
            List.of("https://app.example/"),
            Optional.of("ES256"),
            true,
            new ProtocolTerms(
                Optional.of("https://app.example/out"),
                true,
                true,
                Optional.of("ES256"),
                GroupsClaim.SCOPE));
    ClientRegistration plain =
        ClientRegistration.withSecret("web", "acme", List.of("api"), List.of("a:b", "c"));
    for (ClientRegistration client :
        List.of(
            plain,
            ClientRegistration.withKeys("keys", "acme", jwks, List.of(), List.of()).dpopBound(),
            ClientRegistration.withoutSecret(
                "native",
                "other",
                List.of("https://api.example"),
                List.of(),
                new SignInTerms(
                    Set.of(GrantType.AUTHORIZATION_CODE),
                    List.of("http://127.0.0.1/cb"),
                    List.of(),
                    Optional.empty(),
                    false)),
            new ClientRegistration(
                "full",
                "Full: client",
                "acme",
                "another",
                AuthenticationMethod.CLIENT_SECRET_POST,
                Optional.empty(),
                List.of("api"),
                List.of(),
                true,
                true,
                Optional.of(Duration.ofMinutes(5)),
                Optional.of("EdDSA"),
                Set.of(),
                terms))) {
      boolean isFull = client.clientId().equals("full");
      state
          .clients()
          .put(
              client.clientId(),
              new PresentClient(
                  client,
                  new ClientStanding(
                      isFull,
                      isFull
                          ? Optional.of(Instant.parse("2099-01-01T00:00:00Z"))
                          : Optional.empty())));
    }
    return state;
  }

  private static Person person(
      String tenant, String username, String name, String email, boolean verified, boolean off) {
    return new Person(
        "s-" + username,
        tenant,
        username,
        name,
        Optional.of(email).filter(text -> !text.isEmpty()),
        verified,
        off,
        Instant.EPOCH,
        1);
  }

  private static ApplyPlan plan(String yaml, PresentState present, boolean prunes)
      throws ConfigurationException {
    return ApplyPlan.of(ApplyFile.parse("a.yaml", yaml), present, prunes);
  }

  private static List<String> told(List<ApplyStep> steps) {
    return steps.stream().map(step -> step.told().toString()).toList();
  }

  @Test
  void ofWhatIsExportedThereIsNothingToDo() throws Exception {
    PresentState state = everything();
    String yaml = ApplyYaml.of(state, Optional.empty());

    for (boolean prunes : List.of(false, true)) {
      assertThat(plan(yaml, state, prunes))
          .isEqualTo(new ApplyPlan(List.of(), List.of(), List.of()));
    }
    ApplyPlan fresh = plan(yaml, PresentState.empty(), false);
    assertThat(fresh.faults()).isEmpty();
    // Four people, four groups, three times two members, four clients, two of both disabled.
    assertThat(fresh.steps()).hasSize(4 + 4 + 6 + 4 + 2);
  }

  private static JsonObject client(String id) throws FormatException {
    return Objects.requireNonNull(everything().clients().get(id)).registration().toJson();
  }

  @Test
  void everyMemberOfARegistrationIsExported() throws Exception {
    JsonObject all = client("full");
    JsonObject keys = client("keys");
    Set<String> exercised = new TreeSet<>(all.names());
    exercised.addAll(keys.names());
    // Concessions are for clients with keys, and listed as audiences are.
    exercised.add("concessions");
    assertThat(exercised).containsAll(ClientRegistration.members());
  }

  record Case(String name, String yaml, boolean prunes, List<String> steps, int left) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    String of = "tenants:\n- name: acme\n";
    return List.of(
        new Case("nothing named", "tenants: []\n", true, List.of(), 0),
        new Case("a tenant without parts", of, true, List.of(), 0),
        new Case(
            "a person comes",
            of + "  people:\n  - {username: Bob, email: b@b.example}\n",
            false,
            List.of("+ person bob: name bob; email b@b.example"),
            3),
        new Case(
            "a person changes, and what is left out of standing stays",
            of + "  people:\n  - {username: 'null', name: Nell}\n",
            false,
            List.of("~ person null: name yes -> Nell"),
            2),
        new Case(
            "a person is enabled",
            of + "  people:\n  - {username: 'null', name: 'yes', disabled: false}\n",
            false,
            List.of("~ person null: enabled"),
            2),
        new Case(
            "an address that changes is not verified any more",
            of + "  people:\n  - {username: alice, name: A, email: a@b.example}\n",
            false,
            List.of(
                "~ person alice: name Alice \"L\" # Liddell -> A;"
                    + " email alice@acme.example -> a@b.example; email_verified true -> false"),
            2),
        new Case(
            "who is not named goes, out of groups too",
            of
                + "  people:\n  - {username: '123', name: '0x10'}\n"
                + "  groups:\n  - {name: staff, members: ['123']}\n",
            true,
            List.of(
                "- person alice",
                "- person null",
                "- group - true",
                "- group Köln, Nord",
                "- group empty"),
            0),
        new Case(
            "members come and go",
            of + "  groups:\n  - {name: staff, members: ['null', alice]}\n",
            false,
            List.of("+ member null of staff", "- member 123 of staff"),
            3),
        new Case(
            "members that are not named stay",
            of + "  groups:\n  - name: staff\n  - name: new\n    members: [alice]\n",
            false,
            List.of("+ group new", "+ member alice of new"),
            3),
        new Case(
            "a client changes, expires and is disabled",
            of
                + "  clients:\n  - client_id: web\n    audiences: [api, more]\n"
                + "    scopes: [\"a:b\", c]\n    disabled: true\n"
                + "    expires_at: 2099-06-01T00:00:00Z\n",
            false,
            List.of(
                "~ client web: audiences [\"api\"] -> [\"api\",\"more\"]",
                "~ client web: disabled",
                "~ client web: expires_at 2099-06-01T00:00:00Z"),
            2),
        new Case(
            "clients go",
            of + "  clients: []\n",
            true,
            List.of("- client full", "- client keys", "- client web"),
            0));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void stepsFollowFromTheFile(Case one) throws Exception {
    ApplyPlan plan = plan(one.yaml, everything(), one.prunes);

    assertThat(plan.faults()).isEmpty();
    assertThat(told(plan.steps())).containsExactlyElementsOf(one.steps);
    assertThat(plan.leftAlone()).hasSize(one.left);
  }

  @Test
  void whatCannotBeIsAFaultWithItsLineAndNothingIsDone() throws Exception {
    String of = "tenants:\n- name: acme\n";
    assertThat(
            plan(of + "  groups:\n  - {name: g, members: [zoe]}\n", everything(), false).faults())
        .containsExactly(
            "a.yaml:4: zoe is to be in the group g, and there is no such person in tenant acme");
    assertThat(
            plan(
                    of + "  people: []\n  groups:\n  - {name: g, members: [alice]}\n",
                    everything(),
                    true)
                .faults())
        .hasSize(1);
    assertThat(plan(of + "  people:\n  - username: zoe\n", everything(), false).faults())
        .containsExactly(
            "a.yaml:4: zoe belongs to tenant other. A person stays in its tenant, and a username is"
                + " unique in the domain");
    assertThat(
            plan(
                    of
                        + "  clients:\n  - client_id: native\n"
                        + "    redirect_uris: [http://127.0.0.1/cb]\n",
                    everything(),
                    false)
                .faults())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("a.yaml:4: client native belongs to tenant other.");
    PresentState machines =
        new PresentState(false, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    assertThat(plan(of + "  people: []\n", machines, false).faults()).hasSize(1);
    assertThat(plan(of + "  clients: []\n", machines, false).faults()).isEmpty();
  }
}
