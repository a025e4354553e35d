#!/bin/sh
# In the nginx container: nginx.conf with the names, ports and paths of compose.yaml. Not one of the image's
# templates, since nginx.conf must also work as it is, without Docker.
set -eu
sed \
  -e "s/microblog\.example\.com/$SITE_HOST/g" \
  -e "s#/etc/letsencrypt/live/$SITE_HOST/#/certificate/#" \
  -e 's/^ *server 127\.0\.0\.1:5000/    server web-one:5000/' \
  -e 's/^ *# server 127\.0\.0\.1:5001/    server web-two:5000/' \
  -e 's/listen 80\([ ;]\)/listen 8080\1/' \
  -e 's/listen 443\([ ;]\)/listen 8443\1/' \
  -e 's#/var/log/nginx/microblog\.log#/dev/stdout#' \
  -e 's#/var/log/nginx/microblog-error\.log#/dev/stderr#' \
  -e 's#/var/cache/microblog#/tmp/microblog#' \
  "${1:-/etc/nginx/microblog.conf}" >"${2:-/etc/nginx/conf.d/default.conf}"
