package io.github.icthp.weights.hub;

import io.github.icthp.weights.hub.HubException.Reason;

import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy on the way to the hub.
 *
 * @param address where it listens
 * @param authorization what the header {@code Proxy-Authorization} says
 * @param source the variable or property that names it
 */
record HubProxy(InetSocketAddress address, Optional<String> authorization, String source) {

    private static final Pattern ADDRESS =
            Pattern.compile(
                    "(?<scheme>[^:/?#]+)://(?:(?<user>[^/?#]*)@)?"
                            + "(?:\\[(?<v6>[0-9A-Fa-f:.]+)]|(?<host>[^:/?#@\\[\\]\\s]+))"
                            + "(?::(?<port>\\d{1,5})?)?(?:[/?#].*)?");
    private static final int DEFAULT_PORT = 80;
    private static final int MAX_PORT = 65_535;

    /**
     * Reads an address as environment variables give it: {@code
     * [http://][user[:password]@]host[:port]}, user and password in percent encoding.
     *
     * @throws HubException if it is another; the message leaves user and password out
     */
    static HubProxy parse(String value, String variable) {
        String address = value.strip();
        Matcher parts = ADDRESS.matcher(address.contains("://") ? address : "http://" + address);
        if (!parts.matches() || port(parts) > MAX_PORT) {
            throw refused(variable, withoutUser(value));
        }
        if (!parts.group("scheme").equalsIgnoreCase("http")) {
            throw refused(
                    variable, withoutUser(value) + ", a kind of proxy that Java does not speak to");
        }
        String host = parts.group("v6") == null ? parts.group("host") : parts.group("v6");
        return new HubProxy(
                InetSocketAddress.createUnresolved(host, port(parts)),
                Optional.ofNullable(parts.group("user")).map(HubProxy::basic),
                variable);
    }

    private static int port(Matcher parts) {
        String port = parts.group("port");
        return port == null ? DEFAULT_PORT : Integer.parseInt(port);
    }

    private static String basic(String user) {
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        String password = colon < 0 ? "" : user.substring(colon + 1);
        byte[] both = (decode(name) + ":" + decode(password)).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(both);
    }

    /** Decodes percent signs that stand for a character; another stands for itself. */
    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static String withoutUser(String value) {
        return "'" + value.strip().replaceFirst("(^|://)[^/?#]*@", "$1...@") + "'";
    }

    private static HubException refused(String variable, String received) {
        return new HubException(
                Reason.UNREACHABLE,
                variable
                        + ": expected a proxy like http://user:password@host:port, got "
                        + received
                        + ". Correct the variable, or name the proxy with -Dhttps.proxyHost=HOST"
                        + " -Dhttps.proxyPort=PORT, or the hub's host in NO_PROXY");
    }

    /** Tells everything but user and password. */
    @Override
    public String toString() {
        String host = address.getHostString();
        return "http://"
                + (host.contains(":") ? "[" + host + "]" : host)
                + ":"
                + address.getPort()
                + " ("
                + source
                + ")";
    }
}
