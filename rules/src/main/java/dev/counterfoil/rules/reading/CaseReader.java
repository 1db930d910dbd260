package dev.counterfoil.rules.reading;

import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.configuration.YamlNode.Empty;
import dev.counterfoil.configuration.YamlNode.Mapping;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.model.RuleCase;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.util.ArrayList;
import java.util.List;

/** Reads the tests that stand with a rule. */
record CaseReader(String file) {
  /** Most tests of one rule. */
  static final int TESTS_MAX = 64;

  /** Most events of one test. */
  static final int EVENTS_MAX = 1_000;

  /** Most members of one object of an event. */
  static final int MEMBERS_MAX = 256;

  List<RuleCase> read(RuleBlock block) throws RuleFault {
    YamlNode.Entry entry = block.entries().get("tests");
    if (entry == null) {
      return List.of();
    }
    if (!(entry.value() instanceof Sequence list)) {
      throw block.wanted("tests", "a list of tests", entry.value());
    }
    if (list.elements().size() > TESTS_MAX) {
      throw block.wrong(Kind.LIMIT, "tests", "more than " + TESTS_MAX);
    }
    List<RuleCase> cases = new ArrayList<>();
    for (YamlNode element : list.elements()) {
      String path = "tests[" + cases.size() + "].";
      if (!(element instanceof Mapping mapping)) {
        throw block.wanted("tests[" + cases.size() + "]", "a block of keys", element);
      }
      cases.add(one(new RuleBlock(file, path, mapping)));
    }
    return cases;
  }

  private RuleCase one(RuleBlock test) throws RuleFault {
    for (String key : test.entries().keySet()) {
      if (!List.of("name", "fires", "silent").contains(key)) {
        throw test.wrong(Kind.TEST, key, "a test has name, and fires or silent");
      }
    }
    boolean fires = test.has("fires");
    if (fires == test.has("silent")) {
      throw test.wrong(Kind.TEST, "fires", "want either fires or silent, each a list of events");
    }
    String key = fires ? "fires" : "silent";
    YamlNode.Entry entry = test.entries().get(key);
    if (entry == null || !(entry.value() instanceof Sequence list) || list.elements().isEmpty()) {
      throw test.wrong(Kind.TEST, key, "want a list of events");
    }
    if (list.elements().size() > EVENTS_MAX) {
      throw test.wrong(Kind.LIMIT, key, "more than " + EVENTS_MAX + " events");
    }
    List<JsonObject> events = new ArrayList<>();
    for (YamlNode element : list.elements()) {
      if (!(json(test, key, element) instanceof JsonObject event)) {
        throw test.wrong(Kind.TEST, key, "an event is a block of keys");
      }
      events.add(event);
    }
    return new RuleCase(test.line(), test.text("name"), fires, events);
  }

  private Object json(RuleBlock test, String key, YamlNode node) throws RuleFault {
    return switch (node) {
      case Empty _ -> JsonObject.Null.NULL;
      case Scalar scalar -> json(scalar);
      case Sequence sequence -> {
        List<Object> values = new ArrayList<>();
        for (YamlNode element : sequence.elements()) {
          values.add(json(test, key, element));
        }
        yield List.copyOf(values);
      }
      case Mapping mapping -> {
        if (mapping.entries().size() > MEMBERS_MAX) {
          throw test.wrong(Kind.LIMIT, key, "an object has more than " + MEMBERS_MAX + " members");
        }
        JsonObject object = JsonObject.builder().build();
        for (var entry : mapping.entries().entrySet()) {
          object = object.with(entry.getKey(), json(test, key, entry.getValue().value()));
        }
        yield object;
      }
    };
  }

  private static Object json(Scalar scalar) {
    String text = scalar.text();
    if (scalar.isQuoted()) {
      return text;
    }
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          text.matches("-?[0-9]{1,18}")
              ? (Object) Long.valueOf(text)
              : text.matches("-?[0-9]{1,15}\\.[0-9]{1,15}") ? (Object) Double.valueOf(text) : text;
    };
  }
}
