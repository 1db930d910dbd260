package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Option;

/** NullAway passes over fields that picocli fills, so that what may stay null is asked for here. */
class PicocliFieldsTest {
  /** It has one field that may stay null and does not say so. */
  @Command(name = "planted")
  static final class Planted {
    @Option(names = "--fault")
    String fault;

    @Option(names = "--said")
    @Nullable String said;

    @Option(names = "--needed", required = true)
    String needed;

    @Option(names = "--default", defaultValue = "x")
    String hasDefault;

    @Option(names = "--many")
    List<String> many = new ArrayList<>();

    @Option(names = "--flag")
    boolean flag;
  }

  private static List<String> unsaid(CommandLine command) {
    List<String> unsaid = new ArrayList<>();
    for (ArgSpec arg : command.getCommandSpec().args()) {
      if (arg.userObject() instanceof Field field
          && !field.getType().isPrimitive()
          && !arg.required()
          && arg.defaultValue() == null
          && arg.initialValue() == null
          && !field.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        unsaid.add(field.toString());
      }
    }
    command.getSubcommands().values().forEach(below -> unsaid.addAll(unsaid(below)));
    return unsaid;
  }

  @Test
  void aFieldThatMayStayNullSaysSo() {
    assertThat(unsaid(CounterfoilCommand.commandLine())).isEmpty();
  }

  @Test
  void aPlantedFieldIsSeen() {
    assertThat(unsaid(new CommandLine(new Planted())))
        .singleElement()
        .asString()
        .endsWith("Planted.fault");
  }
}
