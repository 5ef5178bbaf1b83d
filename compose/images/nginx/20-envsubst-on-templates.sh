#!/bin/sh
# Writes /etc/nginx/templates/NAME.template to /etc/nginx/conf.d/NAME with the environment's
# values; NGINX_ENVSUBST_TEMPLATE_DIR, _TEMPLATE_SUFFIX, _OUTPUT_DIR and _FILTER change that.
set -eu

from="${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}"
suffix="${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}"
to="${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}"

[ -d "$from" ] || exit 0
# Only what the environment defines: nginx has variables of its own.
names="$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | grep -E "${NGINX_ENVSUBST_FILTER:-}" \
    | sed 's/.*/${&}/' | tr '\n' ' ')"
find "$from" -follow -type f -name "*$suffix" | while IFS= read -r template; do
    name="${template#"$from"/}"
    target="$to/${name%"$suffix"}"
    mkdir -p "$(dirname "$target")"
    echo "$0: Running envsubst on $template to $target"
    envsubst "$names" < "$template" > "$target"
done
