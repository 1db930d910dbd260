package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file that tells the command line where the processes are. {@code counterfoil up} writes one
 * into its data folder; who runs the processes as services writes {@code
 * /etc/counterfoil/cli.yaml}.
 *
 * @param current the context that is meant where several are and none is named
 * @param contexts one for each trust domain
 */
public record ContextFile(
    @Meaning(
            "The context that a command uses if it names none. `counterfoil context"
                + " use` sets it. Without: the only one.")
        Optional<String> current,
    @Meaning("The contexts, one for each trust domain.") List<Context> contexts) {
  private static final Pattern CURRENT = Pattern.compile("(?m)^current:.*$");

  public ContextFile {
    contexts = List.copyOf(contexts);
    List<String> names = contexts.stream().map(Context::name).toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("key 'contexts': want at least one");
    }
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException("key 'contexts': a name stands twice");
    }
    if (current.isPresent() && !names.contains(current.get())) {
      throw new IllegalArgumentException(
          "key 'current': want one of the contexts: " + String.join(", ", names));
    }
  }

  /** Reads a file. */
  public static ContextFile read(Path file) throws ConfigurationException {
    return Configuration.read(file, ContextFile.class);
  }

  /** The context of a domain, where there is one. */
  public Optional<Context> ofDomain(String domain) {
    return contexts.stream().filter(context -> context.domain().equals(domain)).findFirst();
  }

  /** A file's text with another current context: all else, comments too, stays as it is. */
  public static String withCurrent(String yaml, String name) {
    StringBuilder line = new StringBuilder("current: ");
    JsonObject.quote(line, name);
    Matcher standing = CURRENT.matcher(yaml);
    return standing.find()
        ? standing.replaceFirst(Matcher.quoteReplacement(line.toString()))
        : line + "\n" + yaml;
  }
}
