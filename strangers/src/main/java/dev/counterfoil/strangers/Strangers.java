package dev.counterfoil.strangers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The program: reads lines, answers each with one.
 *
 * <pre>
 * names                  the verifiers there are, with a tab between
 * verify JWKS TOKEN      for each, in that order: "ok", or why not
 * </pre>
 *
 * <p>Every address of a JWK set has verifiers and caches of its own.
 */
public final class Strangers {
  private static final Map<String, Function<URI, Stranger>> KINDS = kinds();

  private final Map<String, Map<String, Stranger>> known = new HashMap<>();

  private Strangers() {}

  private static Map<String, Function<URI, Stranger>> kinds() {
    Map<String, Function<URI, Stranger>> kinds = new LinkedHashMap<>();
    kinds.put("Nimbus JWKSourceBuilder", NimbusStranger::new);
    kinds.put("Spring NimbusJwtDecoder", SpringStranger::new);
    return kinds;
  }

  /** Runs until its input ends. */
  public static void main(String[] arguments) throws IOException {
    Strangers strangers = new Strangers();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // Libraries may print; the answers alone go to standard output.
    System.setOut(System.err);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(strangers.answer(line));
    }
  }

  private String answer(String line) {
    String[] words = line.split(" ", -1);
    if (line.equals("names")) {
      return String.join("\t", KINDS.keySet());
    }
    if (words.length != 3 || !words[0].equals("verify")) {
      throw new IllegalArgumentException("neither names nor verify JWKS TOKEN");
    }
    Map<String, Stranger> verifiers = known.computeIfAbsent(words[1], Strangers::make);
    StringBuilder verdicts = new StringBuilder();
    for (Stranger verifier : verifiers.values()) {
      verdicts.append(verdicts.isEmpty() ? "" : "\t").append(verdict(verifier, words[2]));
    }
    return verdicts.toString();
  }

  private static Map<String, Stranger> make(String jwks) {
    Map<String, Stranger> made = new LinkedHashMap<>();
    KINDS.forEach((name, kind) -> made.put(name, kind.apply(URI.create(jwks))));
    return made;
  }

  private static String verdict(Stranger verifier, String token) {
    try {
      verifier.verify(token);
      return "ok";
    } catch (Exception e) {
      // Whatever keeps it from saying yes is a no.
      return (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("\\s+", " ");
    }
  }
}
