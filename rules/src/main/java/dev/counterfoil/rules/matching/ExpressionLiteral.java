package dev.counterfoil.rules.matching;

/**
 * The longest run of plain characters that every match of a regular expression has. It says too
 * little rather than too much: nothing inside of groups, and nothing where an alternation stands.
 */
final class ExpressionLiteral {
  /** Letters that stand behind a backslash for a class, an anchor or a blank. */
  private static final String CLASSES = "dDwWsSbBAzntrfav";

  private ExpressionLiteral() {}

  static String of(String expression) {
    String longest = "";
    StringBuilder run = new StringBuilder();
    int depth = 0;
    int at = 0;
    while (at < expression.length()) {
      char c = expression.charAt(at);
      boolean isPlain = false;
      char plain = c;
      int next = at + 1;
      switch (c) {
        case '|' -> {
          if (depth == 0) {
            return "";
          }
        }
        case '(' -> {
          // Flags of a group could hold for what follows it; (?: and named groups have none.
          if (expression.startsWith("(?", at)
              && !expression.startsWith("(?:", at)
              && !expression.startsWith("(?P<", at)) {
            return "";
          }
          depth++;
        }
        case ')' -> depth--;
        case '[' -> next = endOfClass(expression, at);
        case '\\' -> {
          next = Math.min(expression.length(), at + 2);
          plain = expression.charAt(next - 1);
          isPlain = !Character.isLetterOrDigit(plain);
          if (!isPlain && CLASSES.indexOf(plain) < 0) {
            // What follows it may belong to it: \x41, \Q.
            return "";
          }
        }
        case '.', '^', '$', '*', '+', '?', '{', '}' -> {}
        default -> isPlain = !Character.isSurrogate(c);
      }
      if (isPlain && depth == 0 && !isOptional(expression, next)) {
        run.append(plain);
        if (next < expression.length() && expression.charAt(next) == '+') {
          longest = longer(longest, run);
        }
      } else {
        longest = longer(longest, run);
        if (c == '{') {
          int end = expression.indexOf('}', at);
          next = end < 0 ? expression.length() : end + 1;
        }
      }
      at = next;
    }
    return longer(longest, run);
  }

  private static String longer(String longest, StringBuilder run) {
    String other = run.toString();
    run.setLength(0);
    return other.length() > longest.length() ? other : longest;
  }

  private static boolean isOptional(String expression, int at) {
    return at < expression.length() && "*?{".indexOf(expression.charAt(at)) >= 0;
  }

  private static int endOfClass(String expression, int at) {
    int end = at + 1;
    if (end < expression.length() && expression.charAt(end) == '^') {
      end++;
    }
    // A bracket that comes first is one of the class.
    if (end < expression.length() && expression.charAt(end) == ']') {
      end++;
    }
    while (end < expression.length() && expression.charAt(end) != ']') {
      if (expression.startsWith("[:", end)) {
        int close = expression.indexOf(":]", end);
        end = close < 0 ? expression.length() : close + 2;
      } else {
        end += expression.charAt(end) == '\\' ? 2 : 1;
      }
    }
    return Math.min(expression.length(), end + 1);
  }
}
