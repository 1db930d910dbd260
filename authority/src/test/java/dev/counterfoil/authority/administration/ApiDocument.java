package dev.counterfoil.authority.administration;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The OpenAPI document of the administration, against which each real exchange is held. */
final class ApiDocument {
  private final JsonObject document;
  private final JsonObject components;
  private final Map<String, Schema> schemas = new HashMap<>();
  private final Set<String> done = new TreeSet<>();

  ApiDocument() throws IOException, FormatException {
    document =
        StrictJson.object(
            Files.readAllBytes(
                Path.of(System.getProperty("counterfoil.root"))
                    .resolve("spec/administration.openapi.json")),
            1 << 20);
    components = closed(document.object("components"));
  }

  /** What an answer may hold is what is written: the document itself leaves room for later. */
  private static JsonObject closed(JsonObject json) {
    JsonObject made = json;
    for (String name : json.names()) {
      if (json.get(name) instanceof JsonObject inner) {
        made = made.with(name, closed(inner));
      }
    }
    return json.get("properties") instanceof JsonObject
        ? made.with("additionalProperties", false)
        : made;
  }

  /** Every method and path, such as {@code GET /people}. */
  Set<String> operations() throws FormatException {
    Set<String> all = new TreeSet<>();
    JsonObject paths = document.object("paths");
    for (String path : paths.names()) {
      for (String method : paths.object(path).names()) {
        if (!method.equals("parameters")) {
          all.add(method.toUpperCase(Locale.ROOT) + " " + path);
        }
      }
    }
    return all;
  }

  /** Those that an exchange ended well with. */
  Set<String> done() {
    return done;
  }

  JsonObject operation(String method, String path) throws FormatException {
    return document.object("paths").object(path).object(method.toLowerCase(Locale.ROOT));
  }

  /** Parameters of a place, and whether they must be there. */
  Map<String, Boolean> parameters(String method, String path, String in) throws FormatException {
    List<JsonObject> all = new ArrayList<>();
    for (JsonObject of : List.of(document.object("paths").object(path), operation(method, path))) {
      if (of.has("parameters")) {
        all.addAll(of.objects("parameters"));
      }
    }
    Map<String, Boolean> found = new HashMap<>();
    for (JsonObject one : all) {
      if (one.string("in").equals(in)) {
        found.put(one.string("name"), one.has("required") && one.truth("required"));
      }
    }
    return found;
  }

  /** The schema of a request's body, by its name; empty where none is taken. */
  String requestSchema(String method, String path) throws FormatException {
    JsonObject operation = operation(method, path);
    return operation.has("requestBody") ? name(operation.object("requestBody")) : "";
  }

  /** The members of a schema. */
  Set<String> members(String schema) throws FormatException {
    return components.object("schemas").object(schema).object("properties").names();
  }

  /** Holds a real exchange against the document. */
  void check(AdministrationRoute route, String body, int status, String answer)
      throws FormatException {
    String method = route.method().text();
    JsonObject responses = operation(method, route.template()).object("responses");
    assertThat(responses.names()).as(method + " " + route.template()).contains("" + status);
    JsonObject response = responses.object("" + status);
    String schema =
        response.has("$ref")
            ? name(components.object("responses").object("" + status))
            : name(response);
    valid(schema, answer);
    if (status < 300) {
      done.add(method + " " + route.template());
      if (!body.isEmpty()) {
        valid(requestSchema(method, route.template()), body);
      }
    }
  }

  private static String name(JsonObject body) throws FormatException {
    String reference =
        body.object("content").object("application/json").object("schema").string("$ref");
    return reference.substring(reference.lastIndexOf('/') + 1);
  }

  private void valid(String schema, String json) {
    assertThat(schemas.computeIfAbsent(schema, this::compiled).validate(json, InputFormat.JSON))
        .as(schema + " " + json)
        .isEmpty();
  }

  private Schema compiled(String schema) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(
            JsonObject.builder()
                .put("$ref", "#/components/schemas/" + schema)
                .put("components", components)
                .build()
                .toString(),
            InputFormat.JSON);
  }
}
