# `. scripts/call_app.sh` gives a shell the command `call_app PATH [OPTIONS]`: a call of the app's API by the person who
# is signed in to the Azure CLI, with options of curl. Needs SITE_HOST and SIGN_IN_CLIENT_ID. The token is no argument
# of a program, because every user of the machine can see those.
call_app() {
  local token path=$1
  shift
  token=$(az account get-access-token --scope "api://$SIGN_IN_CLIENT_ID/user_impersonation" --query accessToken --output tsv) || return
  curl -sS -H @<(printf 'Authorization: Bearer %s' "$token") "$@" "https://$SITE_HOST/api/v1$path"
}
