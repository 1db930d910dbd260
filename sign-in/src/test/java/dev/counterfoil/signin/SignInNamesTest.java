package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.passwords.Passwords;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignInNamesTest {
  private static final Pattern SIGNED_IN_AS = Pattern.compile("id=\"signed-in-as\">([^<]*)<");
  private static final SignInNames NAMES =
      new SignInNames(
          Map.of("acme", List.of("acme", "acme.example"), "Globex", List.of("globex.example")));

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // typed, tenant of the client, organisation: tenant, usernames, whether it asks
        "alice,-,'',-,alice,true",
        "alice,acme,'',acme,alice alice@acme alice@acme.example,false",
        "alice,-,acme,acme,alice alice@acme alice@acme.example,false",
        "alice,-,ACME.example,acme,alice alice@acme alice@acme.example,false",
        "alice,-,Globex,Globex,alice alice@globex.example,false",
        "alice,-,globex,Globex,alice alice@globex.example,false",
        "alice,-,GLOBEX,Globex,alice alice@globex.example,false",
        "alice,-,unknown,unknown,alice,false",
        "alice,-,UNKNOWN,unknown,alice,false",
        "alice@acme,-,'',acme,alice@acme alice@acme.example alice,false",
        "alice@globex.example,-,'',Globex,alice@globex.example alice,false",
        // The client's tenant comes before what the name carries, and that before what was typed.
        "alice@globex.example,acme,'',acme,alice@globex.example,false",
        "alice@globex.example,-,acme,Globex,alice@globex.example alice,false",
        // An address that is no sign-in domain's is a username like any other.
        "carol@mail.example,-,'',-,carol@mail.example,false",
        "carol@mail.example,acme,'',acme,carol@mail.example,false",
        "two words,-,acme,acme,'',false",
        "@acme,-,'',-,@acme,false",
      })
  void theTenantIsTheClientsElseTheNamesElseAsked(
      String typed,
      String fixed,
      String organisation,
      String tenant,
      String usernames,
      boolean asks) {
    SignInNames.Meant meant = NAMES.of(typed, Optional.ofNullable(fixed), organisation);
    assertThat(meant.tenant()).isEqualTo(Optional.ofNullable(tenant));
    assertThat(String.join(" ", meant.usernames())).isEqualTo(usernames);
    assertThat(meant.asks()).isEqualTo(asks);
  }

  @Test
  void allWaysToTypeANameShareTheirAttempts() {
    assertThat(NAMES.of("alice@acme", Optional.empty(), "").key())
        .isEqualTo(NAMES.of("alice@acme.example", Optional.empty(), "").key())
        .isEqualTo(NAMES.of("alice", Optional.of("acme"), "").key())
        .isEqualTo(NAMES.of("alice", Optional.empty(), "acme.example").key())
        .isNotEqualTo(NAMES.of("alice", Optional.of("Globex"), "").key());
    assertThat(NAMES.of("carol@mail.example", Optional.empty(), "").key())
        .isEqualTo(NAMES.of("carol@mail.example", Optional.of("acme"), "").key())
        .isNotEqualTo(NAMES.of("dora@mail.example", Optional.of("acme"), "").key());
  }

  @Test
  void aTenantThatIsTypedMeansOneInAnyCaseAndTheTenantOfAClientMeansItself() {
    Person alice =
        new Person(
            "subject",
            "Initech",
            "alice",
            "Alice",
            Optional.empty(),
            false,
            false,
            Instant.EPOCH,
            1);
    SignInNames.Meant typed = NAMES.of("alice", Optional.empty(), "INITECH");
    assertThat(typed.isOf().test(alice)).isTrue();
    assertThat(typed.key()).isEqualTo(NAMES.of("alice", Optional.empty(), "initech").key());
    assertThat(NAMES.of("alice", Optional.of("Initech"), "").isOf().test(alice)).isTrue();
    assertThat(NAMES.of("alice", Optional.of("initech"), "").isOf().test(alice)).isFalse();
  }

  @Test
  void withoutSignInDomainsNobodyIsAsked() {
    SignInNames none = new SignInNames(Map.of());
    assertThat(none.of("alice", Optional.of("acme"), "globex"))
        .isEqualTo(
            new SignInNames.Meant("alice", List.of("alice"), Optional.empty(), false, false));
  }

  /** Two tenants have an alice; carol is of the first alone, and nobody is eve. */
  @Test
  void aNameOfSeveralTenantsSignsInAndThePageTellsNobodyWhichTheyAre(@TempDir Path folder)
      throws Exception {
    Map<String, List<String>> domains =
        Map.of("acme", List.of("acme"), "globex", List.of("globex"));
    try (SignInServer server = SignInServer.start(folder, domains)) {
      Passwords passwords = SignInServer.passwords();
      for (String[] one :
          new String[][] {{"acme", "alice"}, {"globex", "alice@globex"}, {"acme", "carol@acme"}}) {
        Person person = server.directory.add(one[0], one[1], one[1], Optional.empty());
        String password = "the password of " + one[1];
        server.directory.setPassword(
            person.subject(), Optional.of(passwords.hash(password, "here")));
      }
      assertThat(signIn(server, "alice@acme", "", "alice")).isEqualTo("alice");
      assertThat(signIn(server, "ALICE@globex", "", "alice@globex")).isEqualTo("alice@globex");
      assertThat(signIn(server, "alice", "Globex", "alice@globex")).isEqualTo("alice@globex");
      assertThat(signIn(server, "carol", "acme", "carol@acme")).isEqualTo("carol@acme");
      assertThat(signIn(server, "alice", "acme", "alice@globex")).isEqualTo("401");
      assertThat(signIn(server, "carol", "globex", "carol@acme")).isEqualTo("401");

      // Asked for the organisation are all in the same way, and refused in the same way.
      String secrets = "value=\"[^\"]*\"|data-options=\"[^\"]*\"";
      List<String> pages = new ArrayList<>();
      for (String name : List.of("alice", "carol", "eve")) {
        HttpResponse<String> asked = new Visitor(server.issuer).signIn(name, "any password");
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.body()).contains("id=\"organisation\"");
        pages.add(asked.body().replaceAll(secrets, ""));
      }
      assertThat(pages).containsOnly(pages.getFirst());
      assertThat(signIn(server, "eve", "acme", "x")).isEqualTo("401");
      assertThat(signIn(server, "eve", "initech", "x")).isEqualTo("401");
    }
  }

  /** As whom one is signed in, or with which status not. */
  private static String signIn(
      SignInServer server, String typed, String organisation, String whosePassword)
      throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> answer =
        visitor.answer(
            "/sign-in",
            visitor.get("/sign-in"),
            Map.of(
                "username",
                typed,
                "organisation",
                organisation,
                "password",
                "the password of " + whosePassword));
    if (answer.statusCode() != 303) {
      return "" + answer.statusCode();
    }
    Matcher as = SIGNED_IN_AS.matcher(visitor.get("/account").body());
    return as.find() ? as.group(1) : "nobody";
  }
}
