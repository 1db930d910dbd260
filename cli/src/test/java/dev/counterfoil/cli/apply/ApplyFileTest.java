package dev.counterfoil.cli.apply;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.ConfigurationException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong in a file is named by line and key. */
class ApplyFileTest {
  record Wrong(String yaml, List<String> says) {
    @Override
    public String toString() {
      return yaml;
    }
  }

  static List<Wrong> wrong() {
    return List.of(
        wrong("", "a.yaml:1: key 'tenants'"),
        wrong("people: []", "a.yaml:1: unknown key 'people'"),
        wrong("tenants: acme", "a.yaml:1: key 'tenants': want a list"),
        wrong("tenants:\n- people: []", "a.yaml:2: key 'tenants[0].name'"),
        wrong("tenants:\n- name: a\n- name: a", "a.yaml:3: ", "first on line 2"),
        of("  people:\n  - {}", "a.yaml:4: key 'tenants[0].people[0].username'"),
        of("  people:\n  - usernam: b", "a.yaml:4: ", "did you mean 'username'?"),
        of("  people:\n  - username: a b", "a.yaml:4: ", "a username is"),
        of("  people:\n  - username: b\n    email: b", "a.yaml:4: ", "an e-mail address"),
        of("  people:\n  - username: b\n    disabled: 1", "a.yaml:5: ", "want true or false"),
        of("  people:\n  - username: b\n  - username: B", "a.yaml:5: ", "person b stands twice"),
        of("  groups:\n  - name: ' a'", "a.yaml:4: key 'tenants[0].groups[0].name'"),
        of("  groups:\n  - name: a\n    members: [b, B]", "a.yaml:5: ", "B stands twice"),
        of("  groups:\n  - name: a\n  - name: a", "a.yaml:5: ", "stands twice"),
        of("  clients:\n  - client_id: w\n    scopes: a", "a.yaml:5: ", "member scopes"),
        of("  clients:\n  - client_id: w\n    scopes: [1]", "a.yaml:5: ", "in quotes"),
        of("  clients:\n  - client_id: w\n    tenant: b", "a.yaml:5: unknown key"),
        of(
            "  clients:\n  - client_id: w\n    redirect_uris: ['http://a/']",
            "a.yaml:4: ",
            "w: red"),
        of("  clients:\n  - client_id: w\n    expires_at: soon", "a.yaml:5: ", "2027-03-31"),
        of("  clients:\n  - client_id: w\n  - client_id: w", "a.yaml:5: ", "stands twice"));
  }

  private static Wrong of(String part, String... says) {
    return wrong("tenants:\n- name: acme\n" + part, says);
  }

  private static Wrong wrong(String yaml, String... says) {
    return new Wrong(yaml, List.of(says));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void lineAndKeyAreNamed(Wrong wrong) {
    assertThatThrownBy(() -> ApplyFile.parse("a.yaml", wrong.yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(wrong.says.toArray(CharSequence[]::new));
  }
}
